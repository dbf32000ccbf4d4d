// What tests share: a broker and a database of their own, a scripted HTTPS endpoint, waiting for events.
export * from './broker';
export * from './database';
export * from './eventually';
export * from './certificate-authority';
export * from './https-endpoint';
export * from './wait-for-count';
export * from './tcp-proxy';
export * from './nginx';
export * from './oauth-server';
export * from './digest-server';
export * from './apache';
export * from './raw-endpoint';
export * from './connect-proxy';
export * from './hostile-addresses';
export * from './loop-lag';
