/** The groups of the tree with their counts, asked of the server. */
import type { MistakesView, SurveyFilter, SurveyState } from '../../server/protocol';
import type { SurveyApi } from '../server/api';
import type { Unusual } from './unusual';
import { changeGroups, fileGroups, listGroups, pairGroups, rangeGroups, unusualGroups } from './view';
import type { Group } from './view';

/** Groups of the mistakes first, then the lists beside them. Groups without samples are left out. */
export async function groupsOf(
  api: SurveyApi,
  state: SurveyState,
  view: MistakesView,
  unusual: Unusual,
): Promise<readonly Group[]> {
  const { survey } = state;
  const counted = (groups: readonly Omit<Group, 'count'>[]): Promise<readonly Group[]> =>
    Promise.all(groups.map(async (group) => ({ ...group, count: await countOf(api, survey, group.filter) })));
  const grouped = async (): Promise<readonly Group[]> => {
    switch (view.grouping) {
      case 'pair':
        return pairGroups(await api.summary({ survey, filter: view.filter }), view);
      case 'confidence':
      case 'loss':
        return counted(rangeGroups(view.grouping, view));
      case 'file': {
        const files = fileGroups(state, view);
        return files.length === 0 ? counted([all(view)]) : counted(files);
      }
      case 'change':
        // Nothing to compare with: the mistakes are there all the same.
        return state.diff === null
          ? pairGroups(await api.summary({ survey, filter: view.filter }), view)
          : changeGroups(state, view);
      case 'none':
        return counted([all(view)]);
    }
  };
  const [groups, whole] = await Promise.all([grouped(), api.summary({ survey })]);
  return [
    ...groups.filter(({ count }) => count !== 0),
    ...unusualGroups(state, unusual),
    ...listGroups(state, whole.labelErrors, view),
  ];
}

function all({ filter }: MistakesView): Omit<Group, 'count'> {
  return { id: 'all', name: { kind: 'all' }, filter };
}

async function countOf(api: SurveyApi, survey: string, filter: SurveyFilter): Promise<number> {
  const { total } = await api.rows({ survey, filter, limit: 1, content: false });
  return total;
}
