import { sha256 } from '../../std/index.ts'
import { headerLine, type Reply, type RequestHead } from '../engine/index.ts'
import { type ConsoleFiles, chooseEncoding } from './console-files.ts'
import { consoleLines, contentSecurityPolicy } from './console-headers.ts'

/** The web console, as a server answers it. */
export interface ServedConsole {
  /** The built files, opened at the first request. */
  readonly files: () => Promise<ConsoleFiles>
  /** The text of `config.json`: what the console needs to know before anybody signs in, the same for everybody. */
  readonly config: string
  /** The URLs that its pages may send requests to, besides this server. */
  readonly tokenEndpoints: readonly string[]
}

const root = '/console'

/** Whether a request target is of the console. */
export function isConsolePath(url: string): boolean {
  return url.startsWith(root) && (url.length === root.length || /^[/?]/.test(url.slice(root.length)))
}

/**
 * Whether a person opened the address of the server itself, which no client of an API does: a browser navigates, without a query
 * and without a signature (W3C, Fetch Metadata Request Headers).
 */
export function isVisit({ method, target, headers }: RequestHead): boolean {
  return (
    method === 'GET' &&
    target === '/' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['authorization'] === undefined
  )
}

/** The answer to somebody who opens the address of the server. */
export const toConsole: Reply = {
  status: 302,
  headerLines: headerLine('Location', `${root}/`) + headerLine('Cache-Control', 'no-store'),
  body: '',
}

const keepLine = headerLine('Cache-Control', 'public, max-age=31536000, immutable')
const checkLine = headerLine('Cache-Control', 'no-cache')
const varyLine = headerLine('Vary', 'Accept-Encoding')
const textLines = headerLine('Content-Type', 'text/plain; charset=utf-8')
const gone: Omit<Reply, 'headerLines'> = { status: 404, body: 'There is no such file.\n' }

/** Answers a request for a file of the console. The files are the same for everybody, so nobody signs for them. */
export async function answerConsole(
  request: RequestHead,
  url: string,
  webConsole: ServedConsole,
): Promise<Reply> {
  const files = await webConsole.files()
  const lines = consoleLines(contentSecurityPolicy(files.importMapHash, webConsole.tokenEndpoints))
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD') {
    const more = headerLine('Allow', 'GET, HEAD') + headerLine('Cache-Control', 'no-store')
    return { status: 405, headerLines: lines + more + textLines, body: 'The console has only files.\n' }
  }
  const [path = ''] = url.split('?', 1)
  if (path === root) return { ...toConsole, headerLines: lines + toConsole.headerLines }
  const name = path.slice(root.length + 1)
  if (name === 'config.json') return whole(request, lines, configFile(webConsole.config), checkLine)
  const encoding = chooseEncoding(request.headers['accept-encoding'])
  // An identity provider returns people to `callback`, with a code in the query that the page reads.
  const file = await files.find(name === '' || name === 'callback' ? 'index.html' : name, encoding)
  if (file === undefined)
    return { ...gone, headerLines: lines + textLines + headerLine('Cache-Control', 'no-store') }
  const encodingLine = encoding === 'identity' ? '' : headerLine('Content-Encoding', encoding)
  return whole(
    request,
    lines + varyLine,
    file,
    (name.startsWith('assets/') ? keepLine : checkLine) + encodingLine,
  )
}

function configFile(text: string) {
  return {
    type: 'application/json',
    etag: `"${sha256(text).toString('base64url')}"`,
    body: Buffer.from(text).toString('latin1'),
  }
}

function whole(
  { headers }: RequestHead,
  lines: string,
  { type, etag, body }: { readonly type: string; readonly etag: string; readonly body: string },
  more: string,
): Reply {
  const shared = lines + headerLine('ETag', etag) + more
  if (isKnown(headers['if-none-match'], etag)) return { status: 304, headerLines: shared, body: '' }
  return { status: 200, headerLines: shared + headerLine('Content-Type', type), body, isBinary: true }
}

/** Whether If-None-Match names the content (RFC 9110, 13.1.2, which compares weakly). */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const named = ifNoneMatch?.split(',').map(item => item.trim().replace(/^W\//, '')) ?? []
  return named.some(item => item === '*' || item === etag)
}
