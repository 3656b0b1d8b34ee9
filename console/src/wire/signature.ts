import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Credentials } from '../session/credentials.ts'

export interface UnsignedCall {
  /** As the browser sends it: host, and the port where it is not the scheme's. */
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly region: string
  /** The service's name in the credential scope. */
  readonly service: string
  readonly time: Date
}

/**
 * The headers of a `POST /` with Signature Version 4 (AWS, "Create a signed AWS API request"), without `Host`, which a
 * browser sets. `@noble/hashes` and not WebCrypto, which is missing over plain HTTP to a different host.
 */
export function signedHeaders(call: UnsignedCall, credentials: Credentials): Record<string, string> {
  const time = call.time.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const { sessionToken } = credentials
  const headers: Record<string, string> = {
    ...call.headers,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const signed = { ...headers, host: call.host }
  const names = Object.keys(signed).sort()
  const lines = names.map(name => `${name}:${signed[name as keyof typeof signed]}`)
  const request = ['POST', '/', '', ...lines, '', names.join(';'), digest(call.body)].join('\n')
  const scope = [time.slice(0, 8), call.region, call.service, 'aws4_request']
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest(request)].join('\n')
  const key = scope.reduce(
    (key, part) => hmac(sha256, key, utf8ToBytes(part)),
    utf8ToBytes(`AWS4${credentials.secretAccessKey}`),
  )
  const signature = bytesToHex(hmac(sha256, key, utf8ToBytes(text)))
  const credential = `Credential=${credentials.accessKeyId}/${scope.join('/')}`
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

function digest(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}
