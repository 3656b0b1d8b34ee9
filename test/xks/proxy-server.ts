import assert from 'node:assert/strict'
import { join } from 'node:path'
import { readLogLines } from '../fixtures/audit/audit-chain.ts'
import type { StartOptions } from '../fixtures/keyward-process.ts'
import { writeYaml } from '../fixtures/seed.ts'
import { firstCredential, secondCredential } from './proxy-caller.ts'

export const accountId = '111122223333'
/** The account of the ninth key. */
export const foreignAccountId = '444455556666'
/** The id of the n-th key of the seed. */
export const keyIdOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** The seed: symmetric keys, and in the end keys that the proxy cannot work with. */
export const seed = {
  accounts: [
    {
      id: accountId,
      keys: [
        ...[1, 2, 3, 4, 5, 6, 7, 8].map(n => ({ id: keyIdOf(n), region: 'us-east-1' })),
        { id: keyIdOf(20), region: 'us-east-1', spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT' },
        { id: keyIdOf(21), region: 'us-east-1', spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' },
      ],
    },
    { id: foreignAccountId, keys: [{ id: keyIdOf(9), region: 'us-east-1' }] },
  ],
}

const everybody = { principals: ['*'], kmsKeys: ['*'], operations: ['*'] }

/** An entry of `keys`, which allows everything unless `change` says otherwise. */
export const entry = (externalKeyId: string, n: number, change: object = {}) => ({
  ...{ externalKeyId, keyId: keyIdOf(n), ...everybody, ...change },
})

/** The configuration of a proxy on a free port. */
export const proxySetting = (keys: readonly object[], change: object = {}) => ({
  ...{ port: 0, uriPathPrefix: '/stores/one', credentials: [firstCredential, secondCredential], keys },
  ...change,
})

/** The options of a server with a proxy. */
export function serverOptions(setting: object, flags: readonly string[] = []): StartOptions {
  const config = writeYaml('keyward.yaml', { 'account-id': accountId, xksProxy: setting })
  return { flags: ['--config', config, '--log-level', 'info', ...flags] }
}

/** The URL of the proxy of a server. */
export function proxyUrlOf(server: { stderr(): string }): string {
  const url = /"xksProxyUrl":"([^"]+)"/.exec(server.stderr())?.[1]
  assert.ok(url !== undefined, 'the server has a proxy')
  return url
}

/** A record of the audit log, as far as the tests look at it. */
export interface LoggedRecord {
  readonly eventSource: string
  readonly eventName: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly awsRegion: string
  readonly recipientAccountId?: string
  readonly userIdentity: object
  readonly requestParameters: { readonly externalKeyId?: string; readonly requestMetadata: object } | null
  readonly additionalEventData?: Readonly<Record<string, string>>
  readonly resources?: readonly object[]
  readonly tlsDetails?: object
  readonly requestID: string
  readonly keyward?: { readonly reason: string }
}

/** The records of a server's proxy, in their order. */
export function proxyRecords({ dataDirectory }: { readonly dataDirectory: string }): LoggedRecord[] {
  return readLogLines(join(dataDirectory, 'audit'))
    .filter(line => line.startsWith('{"eventVersion"'))
    .map(line => JSON.parse(line) as LoggedRecord)
    .filter(record => record.eventSource === 'xks.keyward')
}
