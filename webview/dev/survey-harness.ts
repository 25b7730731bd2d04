/** Plays the part of VS Code around the survey page; answers its questions for rows by itself. */
import type { FromSurveyPage, ToSurveyPage } from '../../server/protocol/survey-page';
import type { SurveyScene } from './survey';
import { labelsOf, rowsOf, summaryOf, surveyRows, surveyScenes } from './survey';
import { playWorkbench } from './workbench';

const scene = (new URLSearchParams(location.search).get('scene') ?? 'two') as SurveyScene;
const stage = playWorkbench<FromSurveyPage, ToSurveyPage>('survey', answer);

/** What the host would do, in short. */
function answer(message: FromSurveyPage): void {
  if (message.type === 'ready') stage.send(...surveyScenes[scene]);
  if (message.type === 'rows') {
    const { request, offset, limit } = message;
    stage.send({
      type: 'rows',
      request,
      offset,
      answer: surveyRows({ offset, limit }, rowsOf[scene], labelsOf(scene)),
    });
  }
  if (message.type === 'summarize')
    stage.send({ type: 'summary', slice: message.slice, summary: summaryOf(labelsOf(scene)) });
  if (message.type === 'view') {
    for (const told of surveyScenes[scene]) if (told.type === 'survey') stage.send({ ...told, view: message.view });
  }
  if (message.type === 'open') stage.send({ type: 'opened', position: message.row.position });
}

Object.assign(window, { harness: stage });
