// The house rules that a tool can hold: directions between rooms, a pure core, Nest at the rim.
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const node = {
  group: ['node:*'],
  message: 'The core is pure: no I/O, no clock, no random. Take what you need as an argument.',
};
const nest = { group: ['@nestjs/*', 'nestjs-*'], message: 'Nest stays at the rim: apps and libs/service-kit only.' };
const stockTransport = {
  group: ['@nestjs/microservices/client/*', '@nestjs/microservices/server/server-rmq'],
  message:
    'The stock RabbitMQ transport has no confirms and acks too early; use AmqpStrategy of @patchbay/service-kit.',
};
const imports = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns: [...patterns, stockTransport] }] });

/** Which rooms a room may open. */
const directions = {
  template: [],
  edi: ['template'],
  contracts: ['edi', 'template'],
  messaging: ['contracts'],
  outbound: ['contracts', 'edi'],
  secrets: ['contracts', 'edi'],
  'service-kit': ['contracts', 'edi', 'messaging'],
  testing: ['contracts', 'edi'],
};
const libraries = Object.keys(directions);
const tag = (name) => `room:${name}`;

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/.nx', '**/.patchbay', '**/coverage'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'fetch',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'AbortController',
          'AbortSignal',
          'Buffer',
          'TextDecoder',
          'TextEncoder',
          'module',
          'require',
          '__dirname',
          'performance',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['**/*.ts'],
    // Classes that decorators hand to Nest are values at run time, though the source uses them as types only.
    languageOptions: { parserOptions: { emitDecoratorMetadata: true, experimentalDecorators: true } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          enforceBuildableLibDependency: false,
          depConstraints: [
            ...libraries.map((name) => ({
              sourceTag: tag(name),
              // Specs may use the testing library; that no source does is the next rule's business.
              onlyDependOnLibsWithTags: [...directions[name], 'testing'].map(tag),
            })),
            { sourceTag: 'type:app', onlyDependOnLibsWithTags: libraries.map(tag) },
            { sourceTag: 'type:test', onlyDependOnLibsWithTags: libraries.map(tag) },
            { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: libraries.map(tag) },
          ],
        },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings are read in config.ts only.' },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['**/config.ts', '**/main.ts', 'libs/testing/**', 'e2e/**', '**/*.spec.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['libs/{template,edi,contracts}/src/**/*.ts'], rules: imports(node, nest) },
  { files: ['libs/{messaging,outbound,secrets,testing}/src/**/*.ts'], rules: imports(nest) },
  {
    files: ['libs/**/*.spec.ts', 'libs/**/*.suite.ts', 'apps/**/*.spec.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['libs/**/*.ts', 'apps/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.suite.ts', 'libs/testing/**', 'apps/sandbox/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: '@patchbay/testing', message: 'Test tools stay in tests.' }] },
      ],
    },
  },
);
