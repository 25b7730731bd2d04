/** Results of model checks in every format of the command line. */
import { checksJson } from './json';
import { checksJUnit } from './junit';
import { checksMarkdown } from './markdown';
import { checksSarif } from './sarif';
import { checksText } from './terminal';
import type { TerminalStyle } from '../terminal';
import type { ChecksReport } from './report';

export function checksReport(format: string, report: ChecksReport, style: TerminalStyle): string {
  switch (format) {
    case 'json':
      return checksJson(report);
    case 'junit':
      return checksJUnit(report);
    case 'markdown':
      return checksMarkdown(report);
    case 'sarif':
      return checksSarif(report);
    default:
      return checksText(report, style);
  }
}
