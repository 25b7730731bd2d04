/** Copies of a sample with other values. */
import { editsOf } from '../../checks/edits';
import { looseText } from '../../dataset';
import type { Edit } from '../../checks/edits';
import type { RawSample } from '../../dataset/types';
import type { Replacement } from '../../workspace/checkTypes';

const WHOLE = 'text';

/**
 * @param column Column with the text, for rows read by a text model.
 * Pictures and tensors have no edits.
 */
export function editedCopies(
  sample: RawSample,
  column: string | null,
  replacements: readonly Replacement[],
): readonly { readonly edit: Edit; readonly sample: RawSample }[] {
  switch (sample.kind) {
    case 'text':
      return editsOf(replacements, { [WHOLE]: sample.text.text }, WHOLE).map((edit) => ({
        edit,
        sample: { ...sample, text: looseText(edit.values[WHOLE] ?? '') },
      }));
    case 'record': {
      const values = Object.fromEntries(sample.fields.map(({ name, text }) => [name, text]));
      return editsOf(replacements, values, column).map((edit) => ({
        edit,
        sample: {
          ...sample,
          fields: sample.fields.map((field) => {
            const value = edit.values[field.name];
            return value === undefined ? field : { ...field, ...looseText(value) };
          }),
        },
      }));
    }
    case 'picture':
    case 'tensors':
      return [];
  }
}
