/** What parts of the server that the INFO command does not know add to it. */
export interface InfoProvider {
  /** Lines of the `# Modules` section, without line ends. */
  moduleLines(): readonly string[];
  /**
   * Whole sections, each from its `# ` heading on with \r\n line ends; `wanted` holds the lower-cased names that were
   * asked for, null for all.
   */
  sections(wanted: ReadonlySet<string> | null): readonly string[];
}
