/** `proc-title-template`: text with {variables}; `{{` stands for one brace. */

/** What may stand between braces. */
export const PROC_TITLE_VARIABLES = [
  'title',
  'listen-addr',
  'server-mode',
  'port',
  'tls-port',
  'unixsocket',
  'config-file',
] as const;

export type ProcTitleVariables = Readonly<Record<(typeof PROC_TITLE_VARIABLES)[number], string>>;

/**
 * Fill a template in and strip blanks at both ends.
 *
 * @returns null when a brace is not closed, a variable is unknown, or nothing is left.
 */
export function expandProcTitle(template: string, variables: ProcTitleVariables): string | null {
  let title = '';
  let at = 0;
  for (;;) {
    const open = template.indexOf('{', at);
    if (open < 0) break;
    title += template.slice(at, open);
    if (template[open + 1] === '{') {
      title += '{';
      at = open + 2;
      continue;
    }
    const close = template.indexOf('}', open);
    if (close < 0) return null;
    const name = PROC_TITLE_VARIABLES.find((known) => known === template.slice(open + 1, close));
    if (name === undefined) return null;
    title += variables[name];
    at = close + 1;
  }
  title = (title + template.slice(at)).replace(/^ +| +$/g, '');
  return title === '' ? null : title;
}

const SAMPLE: ProcTitleVariables = {
  title: 'graftis-server',
  'listen-addr': '*:0',
  'server-mode': '',
  port: '0',
  'tls-port': '0',
  unixsocket: '',
  'config-file': '',
};

/** Can this template be filled in? */
export function isProcTitleTemplate(template: string): boolean {
  return expandProcTitle(template, SAMPLE) !== null;
}
