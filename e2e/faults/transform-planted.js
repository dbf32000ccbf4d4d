// Compiles as @swc/jest does, but reads another source in place of one file; for mutation-check.mjs.
const { readFileSync } = require('node:fs');
const swcJest = require('@swc/jest');

module.exports = {
  createTransformer({ swc, file, planted }) {
    const transformer = swcJest.createTransformer(swc);
    const read = (source, path) => (path === file ? readFileSync(planted, 'utf8') : source);
    return {
      ...transformer,
      process: (source, path, options) => transformer.process(read(source, path), path, options),
    };
  },
};
