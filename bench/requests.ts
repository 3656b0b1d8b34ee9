import { callSigned, signCall } from '../test/fixtures/clients.ts'
import type { Server } from './machine.ts'

const distinctRequests = 512

/** Makes a call and returns its answer. Throws if it fails. */
export async function call(
  server: Server,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  const answer = await callSigned(server, operation, JSON.stringify(input))
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.text}`)
  return answer.json
}

/** Creates a key and returns its id. */
export async function createKey(server: Server, input: object): Promise<string> {
  const { KeyMetadata } = (await call(server, 'CreateKey', input)) as { KeyMetadata: { KeyId: string } }
  return KeyMetadata.KeyId
}

/**
 * Makes whole HTTP requests as the JavaScript SDK sends them. Each is signed, has its own invocation id, and is valid
 * for five minutes.
 */
export async function makeRequests(
  server: Server,
  operation: string,
  input: (index: number) => object,
  count = distinctRequests,
): Promise<Buffer[]> {
  const requests: Buffer[] = []
  for (let index = 0; index < count; index++) {
    const body = JSON.stringify(input(index))
    const headers = await signCall(server, operation, body, {
      headers: {
        'amz-sdk-invocation-id': crypto.randomUUID(),
        'amz-sdk-request': 'attempt=1; max=3',
        'x-amz-user-agent': 'aws-sdk-js/3.1164.0',
        'user-agent': 'aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#26.10.0 api/kms#3.1164.0 m/E,g',
        'content-length': String(Buffer.byteLength(body)),
      },
    })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    requests.push(Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`))
  }
  return requests
}

/** The inputs of GenerateDataKey requests, each with a different encryption context. */
export const dataKeyInput = (keyId: string) => (index: number) => ({
  KeyId: keyId,
  KeySpec: 'AES_256',
  EncryptionContext: { tenant: String(index) },
})
