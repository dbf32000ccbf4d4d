import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CertificateAuthority } from './certificate-authority';

export interface OAuthClient {
  id: string;
  secret: string;
  /** The only way this client may show its secret. */
  auth: 'client_secret_basic' | 'client_secret_post';
  /** What it may ask for. */
  scopes: string[];
}

/** The authorization server of the package oidc-provider, granting client credentials over HTTPS. */
export interface OAuthServer {
  tokenUrl: string;
  /** Answers 200 and `{ client, scope }` to whoever shows a token that the server knows, otherwise 401. */
  resourceUrl: string;
  /** How often a token was asked for so far. */
  tokenRequests(): Promise<number>;
  /** Ends every token before its time; tells how many there were. */
  forgetTokens(): Promise<number>;
  close(): Promise<void>;
}

/** Starts it as a process on a free port of the loopback interface; it ends with the test process at the latest. */
export async function startOAuthServer(options: {
  ca: CertificateAuthority;
  clients: OAuthClient[];
  /** All that there are. */
  scopes: string[];
}): Promise<OAuthServer> {
  const { ca, ...settings } = options;
  const child = fork(join(__dirname, 'oauth-server-process.mjs'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  let questions = 0;
  const ask = (word: string, more: object = {}) => {
    const id = (questions += 1);
    child.send({ id, word, ...more });
    return answerTo(id, child, said);
  };
  const origin = await ask('start', { ...settings, ...(await ca.issue(['localhost'])) });
  return {
    tokenUrl: `${origin}/token`,
    resourceUrl: `${origin}/resource`,
    tokenRequests: () => ask('tokenRequests').then(Number),
    forgetTokens: () => ask('forgetTokens').then(Number),
    async close() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

function answerTo(id: number, child: ChildProcess, said: string[]): Promise<string | number> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error(`the authorization server ended:\n${said.join('')}`));
    const hear = (message: { id: number; answer: string | number }) => {
      if (message.id !== id) return;
      child.off('exit', died).off('message', hear);
      resolve(message.answer);
    };
    child.on('exit', died).on('message', hear);
  });
}
