"""Trains small models of scikit-learn, LightGBM and XGBoost on invented sentences and random rows, exports them to ONNX
and notes what the library itself, and ONNX Runtime on the exported file, predict.

    python make_models.py

Needs scikit-learn, skl2onnx, onnxmltools, lightgbm, xgboost, pandas, onnxruntime and the locale en_US.UTF-8; writes
models/*.onnx and references.json.
"""
import json
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnxmltools
import onnxruntime
import pandas
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, GradientBoostingRegressor, IsolationForest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, PowerTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
OPSETS = {"": 18, "ai.onnx.ml": 3}

SENTENCES = [
    ("complaint", "The parcel was late and the box was broken"),
    ("complaint", "late late late again, I want my money back"),
    ("complaint", "broken on arrival, not what I want"),
    ("praise", "What a good box, thank you"),
    ("praise", "Good and quick, good service, not late"),
    ("praise", "thank you for the quick parcel"),
    ("question", "When will the parcel be here?"),
    ("question", "What is in the box?"),
    ("question", "Who do I thank for the service?"),
] * 3
# Words that are in no vocabulary, capitals that are no ASCII, words several times, characters of two UTF-16 units.
TESTS = [
    *["The box was late, LATE and broken", "When will it be here? Thank you, thank you!", "zebra", "good \u0130box 😀 Ünï"],
    *["What is not good is late", "a I to", "the the the parcel\u00a0service quick_service 24"],
]
# What each token of this text adds to the score of the second class.
EXPLAINED = "the the the parcel was late, broken and late"
LINEAR = {"tfidf12", "tfidf-plain", "counts"}
words = [sentence for _, sentence in SENTENCES]
topics = [topic for topic, _ in SENTENCES]
late = ["late" if "late" in sentence else "no" for sentence in words]

random = np.random.default_rng(0)
rows = random.normal(size=(160, 4)).astype(np.float32).round(3)
score = rows[:, 0] * 2 - rows[:, 1] ** 2 + rows[:, 2] * rows[:, 3]
two = np.where(score > 0, "yes", "no")
three = np.digitize(score, [-1, 1])
holes = rows.copy()
holes[::5, 1] = np.nan
table = pandas.DataFrame({"age": holes[:, 1], "income": rows[:, 0], "city": random.choice(["Paris", "Rome", "Oslo"], 160)})


def texts():
    """name: pipeline, labels, shape of the input, dictionaries of scores."""
    one, flat = [None, 1], [None]
    logistic = LogisticRegression()
    yield "tfidf12", make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), logistic), topics, one, True
    yield "tfidf-plain", make_pipeline(TfidfVectorizer(norm=None, lowercase=False), LogisticRegression()), late, one, False
    yield "sublinear", make_pipeline(TfidfVectorizer(sublinear_tf=True, norm="l1"), LinearSVC()), topics, one, None
    yield "counts", make_pipeline(CountVectorizer(), MultinomialNB()), topics, flat, False
    yield "binary", make_pipeline(CountVectorizer(binary=True), MultinomialNB()), late, one, True
    yield "bigrams", make_pipeline(TfidfVectorizer(ngram_range=(2, 2), use_idf=False), LogisticRegression()), topics, one, False
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=4)
    yield "characters", make_pipeline(characters, LogisticRegression()), topics, one, False
    yield "one-vs-rest", make_pipeline(TfidfVectorizer(), SGDClassifier(loss="log_loss", random_state=0)), topics, one, False
    yield "calibrated", make_pipeline(TfidfVectorizer(), CalibratedClassifierCV(LinearSVC(), cv=2)), topics, one, False
    small = MLPClassifier((4,), max_iter=60, random_state=0)
    yield "network", make_pipeline(TfidfVectorizer(min_df=4), small), topics, one, False
    forest = RandomForestClassifier(4, max_depth=3, random_state=0)
    yield "text-forest", make_pipeline(TfidfVectorizer(min_df=4), forest), topics, one, False


def tables():
    """name: model, labels, dictionaries of scores, dtype of the input."""
    yield "forest", RandomForestClassifier(5, max_depth=3, random_state=0), three, True, DoubleTensorType
    yield "boosting", GradientBoostingRegressor(n_estimators=4, random_state=0), score, None, FloatTensorType
    yield "adaboost", AdaBoostClassifier(n_estimators=3, random_state=0), three, False, FloatTensorType
    yield "bagging", BaggingClassifier(n_estimators=3, random_state=0), two, False, FloatTensorType
    yield "isolation", IsolationForest(n_estimators=3, random_state=0), None, None, FloatTensorType
    yield "svc", SVC(probability=True, random_state=0), two, False, FloatTensorType
    yield "neighbours", KNeighborsClassifier(5), three, False, FloatTensorType
    yield "bayes", GaussianNB(), two, False, FloatTensorType
    yield "quadratic", QuadraticDiscriminantAnalysis(), three, False, FloatTensorType
    yield "polynomial", make_pipeline(PolynomialFeatures(2), LogisticRegression()), two, False, FloatTensorType
    yield "power", make_pipeline(PowerTransformer(), PCA(2), LogisticRegression()), three, True, FloatTensorType
    yield "mlp", MLPClassifier((5,), max_iter=300, random_state=0), three, False, FloatTensorType


def numbers(values):
    return [[round(float(item), 9) for item in np.atleast_1d(row)] for row in np.asarray(values, dtype=float)]


def own(model, data):
    """Scores as the library gives them."""
    if hasattr(model, "predict_proba"):
        return numbers(model.predict_proba(data))
    return numbers(model.decision_function(data) if hasattr(model, "decision_function") else model.predict(data))


def shares(model):
    """Coefficient × number of every token of EXPLAINED, shared by how often it is there."""
    vectorizer, classifier = model.steps[0][1], model.steps[1][1]
    weights = classifier.feature_log_prob_ if hasattr(classifier, "feature_log_prob_") else classifier.coef_
    row = weights[-1 if len(weights) == 1 else 1]
    values = vectorizer.transform([EXPLAINED]).toarray()[0]
    tokens = vectorizer.build_analyzer()(EXPLAINED)
    known = {token: vectorizer.vocabulary_[token] for token in tokens if token in vectorizer.vocabulary_}
    return {token: float(row[at] * values[at] / tokens.count(token)) for token, at in known.items()}


def options(model, zipmap):
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    if isinstance(last, LinearSVC):
        return {id(last): {"raw_scores": True}}
    return {} if zipmap is None else {id(last): {"zipmap": zipmap}}


def save(name, exported):
    data = exported.SerializeToString()
    (HERE / "models").mkdir(exist_ok=True)
    (HERE / "models" / f"{name}.onnx").write_bytes(data)
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])


def runtime(session, feeds):
    """Scores as ONNX Runtime gives them, one sample after the other."""
    scores = []
    for feed in feeds:
        found = session.run(None, feed)[-1]
        scores.append(list(found[0].values()) if isinstance(found, list) else np.ravel(found))
    return numbers(scores)


def main():
    result = {"explained": EXPLAINED, "shares": {}, "texts": {}, "tables": {}, "columns": {}}
    for name, model, labels, shape, zipmap in texts():
        model.fit(words, labels)
        session = save(name, convert_sklearn(model, initial_types=[("text", StringTensorType(shape))],
                                             options=options(model, zipmap), target_opset=OPSETS))
        feeds = [{"text": np.array([[text]] if len(shape) == 2 else [text], dtype=object)} for text in TESTS]
        if name in LINEAR:
            result["shares"][name] = shares(model)
        result["texts"][name] = {"labels": list(map(str, model.classes_)), "runtime": runtime(session, feeds),
                                 "library": own(model, TESTS)}
    for name, model, labels, zipmap, dtype in tables():
        model.fit(rows) if labels is None else model.fit(rows, labels)
        save(name, convert_sklearn(model, initial_types=[("X", dtype([None, 4]))],
                                   options=options(model, zipmap), target_opset=OPSETS))
        names = list(map(str, model.classes_)) if hasattr(model, "classes_") else None
        result["tables"][name] = {"labels": names, "rows": rows[:12].tolist(), "library": own(model, rows[:12])}
    boosted = {
        "lightgbm": (lightgbm.LGBMClassifier(n_estimators=4, verbose=-1), two, onnxmltools.convert_lightgbm, {"zipmap": False}),
        "xgboost": (xgboost.XGBClassifier(n_estimators=4, max_depth=3), three, onnxmltools.convert_xgboost, {}),
    }
    for name, (model, labels, convert, extra) in boosted.items():
        model.fit(holes, labels)
        save(name, convert(model, initial_types=[("X", ToolsFloat([None, 4]))], **extra))
        cells = [[None if np.isnan(cell) else cell for cell in row] for row in holes[:12].tolist()]
        result["tables"][name] = {"labels": list(map(str, model.classes_)), "rows": cells, "library": own(model, holes[:12])}
    columns = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
        ("city", OneHotEncoder(handle_unknown="ignore"), ["city"]),
    ])
    model = make_pipeline(columns, LogisticRegression()).fit(table, two)
    kinds = [("age", FloatTensorType([None, 1])), ("income", FloatTensorType([None, 1])), ("city", StringTensorType([None, 1]))]
    save("columns", convert_sklearn(model, initial_types=kinds, options=options(model, False), target_opset=OPSETS))
    records = table[:12].to_dict("records")
    cells = [{name: None if name == "age" and np.isnan(cell) else cell for name, cell in row.items()} for row in records]
    result["columns"] = {"rows": cells, "library": own(model, table[:12])}
    result = {"tests": TESTS, **result}
    (HERE / "references.json").write_text(json.dumps(result, separators=(",", ":")))


main()
