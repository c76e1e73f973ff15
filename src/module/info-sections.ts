// Sections of INFO that modules write.
//
// A module's function adds sections and fields to a collector, which skips the sections that nobody asked for: their
// fields are refused, as in Redis, so that the module need not care. Texts are byte strings.

import { ContextKind } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import type { ModuleHost } from './host.ts';

/** Characters that would break INFO's lines apart, and what stands for them. */
const UNSAFE = '#:\n\r';
const SUBSTITUTES = '____';

function safe(text: string): string {
  let result = '';
  for (const ch of text) {
    const at = UNSAFE.indexOf(ch);
    result += at < 0 ? ch : SUBSTITUTES[at]!;
  }
  return result;
}

export class InfoCollector {
  readonly sections: string[] = [];
  private readonly moduleName: string;
  /** Lower-cased names of the sections that were asked for, null for all. */
  private readonly wanted: ReadonlySet<string> | null;
  private inSection = false;
  private inDict = false;

  constructor(moduleName: string, wanted: ReadonlySet<string> | null) {
    this.moduleName = moduleName;
    this.wanted = wanted;
  }

  private append(text: string): void {
    this.sections[this.sections.length - 1] += text;
  }

  /** Begins a section; '' is the module's own. False when nobody asked for it. */
  addSection(name: string): boolean {
    this.endDict();
    const fullName = name === '' ? this.moduleName : `${this.moduleName}_${name}`;
    const { wanted } = this;
    this.inSection = wanted === null || wanted.has(fullName.toLowerCase()) || wanted.has(this.moduleName.toLowerCase());
    if (this.inSection) this.sections.push(`# ${fullName}\r\n`);
    return this.inSection;
  }

  /** Begins a field that holds several values. */
  beginDict(name: string): boolean {
    if (!this.inSection) return false;
    this.endDict();
    this.append(`${safe(this.moduleName)}_${safe(name)}:`);
    this.inDict = true;
    return true;
  }

  endDict(): boolean {
    if (!this.inDict) return false;
    const last = this.sections.length - 1;
    this.sections[last] = `${this.sections[last]!.replace(/,$/, '')}\r\n`;
    this.inDict = false;
    return true;
  }

  addField(name: string, value: string): boolean {
    if (!this.inSection) return false;
    this.append(this.inDict ? `${name}=${value},` : `${this.moduleName}_${name}:${value}\r\n`);
    return true;
  }
}

/** Collectors that modules' functions are writing to. */
export const infoContexts = new HandleTable<InfoCollector>(HandleKind.InfoCtx);

/** What modules add to INFO; `wanted` as in `InfoProvider.sections`. */
export function moduleInfoSections(host: ModuleHost, wanted: ReadonlySet<string> | null): string[] {
  return host.list().flatMap((module) => {
    const { infoFunction } = module;
    if (infoFunction === null) return [];
    const collector = new InfoCollector(Buffer.from(module.name).toString('latin1'), wanted);
    const handle = infoContexts.create(collector);
    host.callModule(module, ContextKind.Call, null, null, () => infoFunction(handle, 0));
    infoContexts.delete(handle);
    collector.endDict();
    return collector.sections;
  });
}
