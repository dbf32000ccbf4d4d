module.exports = { ...require('../../jest.preset.js'), displayName: 'edi', rootDir: __dirname };
