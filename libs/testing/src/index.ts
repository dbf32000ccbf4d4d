// What tests share: a broker and a database of their own, a scripted HTTPS endpoint, waiting for events.
export * from './broker';
export * from './database';
export * from './eventually';
export * from './certificate-authority';
export * from './https-endpoint';
export * from './wait-for-count';
export * from './tcp-proxy';
