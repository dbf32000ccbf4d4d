import { Fault } from './fault.mjs';

/**
 * JSON over HTTP to one service, with the development token: `get(path)`, `post(path, body)`, `patch(path, body,
 * headers)`. An answer other than 2xx is a fault that tells what the service said.
 */
export function createServiceClient(name, url, token) {
  const send = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Fault(`${name} answered ${method} ${path} with ${answer.status}:\n${explain(text)}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    get: (path) => send('GET', path),
    post: (path, body = {}) => send('POST', path, body),
    patch: (path, body, headers) => send('PATCH', path, body, headers),
  };
}

function explain(text) {
  try {
    const { detail, title, errors = [] } = JSON.parse(text);
    const faults = errors.map(({ path, message }) => `    ${path}: ${message}`);
    return [`    ${detail ?? title}`, ...faults].join('\n');
  } catch {
    return `    ${text.slice(0, 500)}`;
  }
}
