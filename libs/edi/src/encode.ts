import { RenderFault } from './render-fault';

/** Percent-encodes all but RFC 3986 unreserved characters, as UTF-8. A lone surrogate is a RenderFault. */
export function percentEncode(text: string, path: string): string {
  try {
    return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch {
    throw new RenderFault(path, 'the text has half of a surrogate pair, which UTF-8 cannot carry');
  }
}
