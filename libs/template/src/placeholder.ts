/** One `{root.part...}` of a template. `column` counts characters from 1. */
export interface Placeholder {
  root: string;
  path: string[];
  source: string;
  column: number;
}

/** A parsed text: literal pieces and placeholders in order. */
export interface Template {
  source: string;
  pieces: (string | Placeholder)[];
  /** Set when the text is exactly one placeholder, whose value then keeps its type. */
  whole: Placeholder | undefined;
}

/** What is wrong with a template, where; `caret` shows it under the text. */
export interface TemplateFault {
  code: 'unknown-syntax' | 'root-not-allowed' | 'reserved' | 'forbidden-part' | 'too-many-placeholders';
  message: string;
  column: number;
  caret: string;
}

export interface TemplateWarning {
  code: 'double-braces' | 'spaces-in-braces';
  message: string;
  column: number;
  caret: string;
}
