import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How each algorithm signs (RFC 7518, 3; RFC 8037, 3.1). */
const signers: Readonly<Record<string, (data: Buffer, key: KeyObject) => Buffer>> = {
  ...Object.fromEntries(
    [256, 384, 512].flatMap(bits => [
      [`RS${bits}`, (data: Buffer, key: KeyObject) => sign(`sha${bits}`, data, key)],
      [
        `PS${bits}`,
        (data: Buffer, key: KeyObject) =>
          sign(`sha${bits}`, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 }),
      ],
      [
        `ES${bits}`,
        (data: Buffer, key: KeyObject) => sign(`sha${bits}`, data, { key, dsaEncoding: 'ieee-p1363' }),
      ],
    ]),
  ),
  EdDSA: (data, key) => sign(null, data, key),
}

export const issuerKeys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
} as const

export const publicJwk = (key: KeyObject, more: object = {}): Record<string, unknown> => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  ...more,
})

/** The key set of the issuer, each key under its name. */
export const issuerJwks = () => ({
  keys: Object.entries(issuerKeys).map(([kid, key]) => publicJwk(key, { kid, use: 'sig' })),
})

export const base64Json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with any header and claims at all, signed as told. */
export function signToken(
  header: Readonly<Record<string, unknown>>,
  claims: unknown,
  key: KeyObject,
  algorithm = String(header['alg']),
): string {
  const data = `${base64Json(header)}.${typeof claims === 'string' ? claims : base64Json(claims)}`
  const signer = signers[algorithm]
  if (signer === undefined) throw new Error(`no signer for ${algorithm}`)
  return `${data}.${signer(Buffer.from(data), key).toString('base64url')}`
}

/** A token whose signature is an HMAC under whatever text. */
export function macToken(header: object, claims: unknown, secret: string | Buffer): string {
  const data = `${base64Json(header)}.${base64Json(claims)}`
  return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`
}

/** A server of key sets on loopback; `answer` says what it sends. */
export interface JwksServer {
  readonly url: string
  answer: { status?: number; body: string; location?: string }
  requests: number
  close(): void
}

export async function startJwksServer(): Promise<JwksServer> {
  const server: Server = createServer((_, response) => {
    jwks.requests++
    const { status = 200, body, location } = jwks.answer
    response.writeHead(status, location === undefined ? {} : { location })
    response.end(body)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const jwks: JwksServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    answer: { body: JSON.stringify(issuerJwks()) },
    requests: 0,
    close: () => server.close(),
  }
  return jwks
}
