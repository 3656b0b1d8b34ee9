import type { Choices } from '../../fixtures/choices.ts'

// Request lines and header fields: right ones, unusual ones, and those that servers read in different ways.

/** Methods: those of HTTP and WebDAV, those that change the protocol, and what is no method. */
export const methods: readonly string[] = [
  ...['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'CONNECT', 'PROPFIND'],
  ...['MKCALENDAR', 'M-SEARCH', 'QUERY', 'PURGE', 'SOURCE', 'LINK', 'BIND', 'ACL', 'PRI', 'DESCRIBE'],
  ...['ANNOUNCE', 'SETUP', 'PLAY', 'RECORD', 'FLUSH', 'get', 'Post', 'GETX', 'XGET', 'GE', 'G', ''],
  ...[' GET', 'GET ', '\tGET', 'GET\t', 'GET\0', '\0GET', 'G ET', 'POST\v', 'P\xd6ST', '"GET"', 'GET:'],
  ...['GET/', '!GET', 'HTTP/1.1', '{}', '\xff', 'HELLO', 'SOURCEX', 'MERGE', 'REPORT', 'CHECKOUT'],
  ...['SEARCH'],
]

/** Request targets in all four forms of RFC 9112, 3.2, and others. */
export const targets: readonly string[] = [
  ...['/', '/a?b=c', '/a?b?c#d', '/#x', '//a', '//evil/a', '/a/../b', '/%00', '/%zz', '/a%0d%0aX:y'],
  ...['/a;b', '/a\\b', '/[x]', '/{x}|^`"<>', '*', '**', '/*', 'a', 'a/b', '?x', '#x', '.', '', ' '],
  ...['http://h/', 'HTTP://h/a?b', 'http://h', 'http://', 'http:///', 'http:/x', 'https://u:p@h:1/x'],
  ...['http://h:99999/', 'http://[::1]/', 'http://[::1/', 'http://h h/', 'ftp://h/x', 'x-y://h/'],
  ...['file:///etc', 'h:443', 'h', ':80', '1.2.3.4:5', '[::1]:443', 'h:443/x', '/\xe9', '/\xc3\xa9'],
  ...['/\u0080', '/\x7f', '/\0', '/\x01', '/a\tb', '/a b', '/a\vb', '/a\fb', '/a\rb', '/a\nb'],
  ...['/ HTTP/1.1', '/a HTTP/1.0', `/${'a'.repeat(2000)}`, `/?${'b='.repeat(800)}`, '@', '/@', '\\', '|'],
  ...['http://h/\xe9', 'http://h?q', 'http://h#f', 'http://@h/', 'http://h@/', 'http://h:/'],
  ...['http://h:80a/', 'mailto:a@b', '/%', '/?\xff'],
]

/** Versions: few of them are HTTP/1.0 and HTTP/1.1. */
export const versions: readonly string[] = [
  ...['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/1.2'],
  ...['HTTP/2.0', 'HTTP/2', 'HTTP/3.0', 'http/1.1', 'Http/1.1', 'HTTP/1.10', 'HTTP/01.1', 'HTTP/1.01'],
  ...['HTTP/11', 'HTTP/1.', 'HTTP/.1', 'HTTP/1', 'HTTP/', 'HTTP', '', 'HTTP /1.1', 'HTTP/ 1.1'],
  ...['HTTP/1 .1', 'HTTP/1.1 ', 'HTTP/1.1\t', ' HTTP/1.1', 'HTTP/1.1x', 'HTTP/1.1\0', 'HTTP/-1.1'],
  ...['HTTP/1,1', 'HTTPS/1.1', 'ICE/1.0', 'RTSP/1.0', 'SIP/2.0', 'XHTTP/1.1', 'HTTP\\1.1'],
  ...['HTTP/1.1 HTTP/1.1', 'HTTP/9.9', 'HTTP/1.x', '\tHTTP/1.1'],
]

/** Whole request lines that have no such parts. `/target` stands for the target. */
export const oddLines: readonly string[] = [
  ...['GET /target\r\n', 'GET /target \r\n', 'GET  /target HTTP/1.1\r\n', 'GET /target  HTTP/1.1\r\n'],
  ...['GET\t/target\tHTTP/1.1\r\n', 'GET /target HTTP/1.1\n', 'GET /target HTTP/1.1\r'],
  ...['GET /target HTTP/1.1\r\r\n', 'GET /target HTTP/1.1 \r\n', ' GET /target HTTP/1.1\r\n'],
  ...['GET\r\n/target HTTP/1.1\r\n', 'GET /target\r\nHTTP/1.1\r\n', 'GET /target HTTP/1.1\r\n \r\n'],
  ...['GET /target HTTP/1.1\r\n folded\r\n', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 GET /target\r\n'],
  ...['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'CONNECT h:443 HTTP/1.1\r\n', 'CONNECT / HTTP/1.1\r\n'],
  ...['OPTIONS * HTTP/1.1\r\n', 'GET * HTTP/1.1\r\n', 'GET http://h/target HTTP/1.1\r\n'],
  ...['GET http://other/target HTTP/1.1\r\n', '\r\n\r\n', 'GET /target HTTP/1.1\r\n: \r\n'],
  ...['GET /target HTTP/1.1\r\n\n', 'GET /target HTTP/1.1\0\r\n'],
  ...['\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', '\0\0\0\0', 'SSH-2.0-x\r\n'],
  ...['PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', '\r\n\r\n\0\r\nQUIT\n', 'EHLO x\r\n'],
  ...['GET /target HTTP/1.0\r\n', 'POST /target HTTP/1.0\r\n'],
  ...['POST /target HTTP/1.0\r\nConnection: keep-alive\r\n', 'POST /target HTTP/2.0\r\n'],
  ...['POST /target HTTP/0.9\r\n'],
]

/** Header fields that every server takes, without the end of their line. */
export const plainFields: readonly string[] = [
  ...[
    'Accept: */*',
    'X-Amz-Target: TrentService.ListKeys',
    'User-Agent: a/1 (b; c)',
    'A:',
    'A:  b  ',
    'A:\tb\t',
  ],
  ...[
    'Cookie: a=b',
    '__proto__: x',
    'A: \xe9',
    'A: b: c',
    'X: y\r\nx: z',
    'a-b_c.d!#$%&*+^`|~: x',
    'Connection: x, y',
  ],
  ...[
    'Connection: keep-alive',
    'Expect: 100-continue',
    'Upgrade: h2c',
    'TE: trailers',
    'Trailer: A',
    `A: ${'b'.repeat(300)}`,
  ],
]

/** Header fields of all kinds, without the end of their line. */
export const fields: readonly string[] = [
  ...['Accept: */*', 'X-Amz-Target: TrentService.ListKeys', 'Content-Type: application/x-amz-json-1.1'],
  ...['User-Agent: a/1 (b; c)', 'a:b', 'A:', 'A: ', 'A:  b  ', 'A:\tb\t', 'A: b\tc', 'A: b c'],
  ...['A: "b\\"c"', 'A: b: c', 'A: :', 'a-b_c.d!#$%&*+^`|~: x', '0: 1', 'X: y', 'X: z', 'x: w'],
  ...['Cookie: a=b', 'Cookie: c=d', 'Set-Cookie: a', 'Set-Cookie: b', '__proto__: x', 'constructor: x'],
  ...['toString: x', 'hasOwnProperty: y', 'A: \xe9', 'A: \x80\xff', 'A: \x7f', 'A: \x01', 'A: \0'],
  ...['A\xe9: b', 'A: b\0c', 'A: b\rc', 'A: b\nc', 'A: \u00a0b\u00a0', 'A: b\v', 'A: \vb', 'A : b'],
  ...['A\t: b', ' A: b', '\tA: b', ': b', ':', 'A', 'A b: c', 'A(b): c', 'A[b]: c', 'A{b}: c', 'A,b: c'],
  ...['A;b: c', 'A/b: c', 'A=b: c', '"A": b', 'A: b\r\n c', 'A: b\r\n\tc', 'A:\r\n b'],
  ...['A: b\r\n  \r\n c', 'A: b\n c', 'A\r\n: b', 'A: b\r\n', 'A: b\r', 'A: \r\n\r', 'A@b: c', 'A<b>: c'],
  ...['A?: c', 'Connection: keep-alive', 'Connection: Keep-Alive, x', 'Connection: x, y'],
  ...['Connection: upgrade', 'Connection:', 'Keep-Alive: timeout=5', 'TE: trailers'],
  ...['Connection: Upgrade\r\nUpgrade: websocket'],
  ...['Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x', 'Upgrade: h2c'],
  ...['Upgrade:', 'Expect: 100-continue', 'Expect: 100-Continue', 'Expect: 100-continue, x', 'Expect: x'],
  ...['Expect: x 100-continue', 'Expect:', 'Expect: 200-ok', 'Connection: Content-Length'],
  ...['Connection: Transfer-Encoding', 'Connection: Host', 'Trailer: A', 'Trailer: Content-Length'],
  ...['Range: bytes=0-0', 'Authorization: AWS4-HMAC-SHA256 x', 'Authorization: a\r\nAuthorization: b'],
  ...['authorization: x', 'Proxy-Connection: close', 'Content-Encoding: gzip'],
  ...['X-Forwarded-For: 1.2.3.4', 'X-HTTP-Method-Override: DELETE', 'Content-Length : 5'],
  ...['Content_Length: 5', 'Transfer_Encoding: chunked', `A: ${'b'.repeat(3000)}`],
  ...[`${'n'.repeat(900)}: b`, `A: ${' '.repeat(500)}b`, `A: ${'b,'.repeat(400)}`],
  ...[`A:${'\t'.repeat(100)}`, 'Date: x', 'If-Match: *', 'Origin: null', 'Via: 1.1 x'],
]

/** Fields that may end the connection after their message. */
export const closings: readonly string[] = [
  ...['Connection: close\t', 'Connection: \tclose \t', 'Connection: close\t, x', 'Connection: x,\tclose'],
  ...[
    'Connection: keep-alive\t',
    'Connection:close',
    'Connection: close,',
    'Connection: ,close',
    'Connection: clos\te',
  ],
  ...['Connection: close', 'Connection: Close', 'Connection: close, keep-alive'],
  ...['Connection: keep-alive, close', 'Connection: CLOSE'],
  ...['Connection: close\r\nConnection: keep-alive', 'Connection: keep-alive\r\nConnection: close'],
  ...['Connection: close ', 'Connection:\tclose', 'Connection: closed', 'Connection: xclose'],
  ...['Connection: "close"', 'Connection: close;x', 'Connection: x,close'],
  ...['Connection: upgrade, close\r\nUpgrade: x', 'Connection: close x'],
]

/** A head of about the size and number of headers at which servers refuse it. */
export function hugeHead(choices: Choices): string {
  const line = 'GET /huge HTTP/1.1\r\nHost: h\r\n'
  const near = choices.below(80) - 40
  return choices.of([
    () => `${line}${'A: b\r\n'.repeat(choices.of([98, 99, 100, 101, 200, 2000]))}\r\n`,
    () => `${line}A: ${'b'.repeat(32 * 1024 + near * 4)}\r\n\r\n`,
    () =>
      `${line}${Array.from({ length: 32 }, (_, i) => `a${i}: ${'b'.repeat(1015 + near)}\r\n`).join('')}\r\n`,
    () => `GET /${'u'.repeat(32 * 1024 + near * 2)} HTTP/1.1\r\nHost: h\r\n\r\n`,
    () => `${line}${'n'.repeat(32 * 1024 + near * 2)}: b\r\n\r\n`,
    () => `${line}A: ${' '.repeat(32 * 1024 + near)}b\r\n\r\n`,
    () => `${line}Transfer-Encoding: chunked\r\n\r\n1;${'e'.repeat(16 * 1024 + near)}\r\nx\r\n0\r\n\r\n`,
    () =>
      `${line}Transfer-Encoding: chunked\r\n\r\n${'1;ee\r\nx\r\n'.repeat(choices.of([10, 5000, 9000]))}0\r\n\r\n`,
    () =>
      `${line}Transfer-Encoding: chunked\r\n\r\n0\r\n${`T: ${'t'.repeat(100)}\r\n`.repeat(choices.of([5, 300, 330]))}\r\n`,
    () => `${line}Transfer-Encoding: chunked\r\n\r\n0\r\n${'T:\r\n'.repeat(choices.of([50, 150, 2500]))}\r\n`,
    () => '\r\n'.repeat(choices.of([100, 20_000])),
    () => `${line}Content-Length: ${'0'.repeat(choices.of([100, 3000]))}2\r\n\r\n{}`,
    () => `${'M'.repeat(40_000)} / HTTP/1.1\r\n\r\n`,
  ])()
}
