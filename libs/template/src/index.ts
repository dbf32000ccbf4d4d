// The placeholder engine: text with {root.path} in, parsed template out, rendered per event. No dependencies.
export * from './parse-template';
export * from './placeholder';
export * from './render';
