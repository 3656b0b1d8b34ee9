import type { TestKey } from '../../../fixtures/caller.ts'

export const account = '111111111111'
export const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`

/** The keys of the tests, by the kind of key. */
export interface KeysOfKinds {
  readonly symmetric: TestKey
  readonly signing: TestKey
  readonly mac: TestKey
  readonly agreement: TestKey
  readonly imported: TestKey
  readonly multiRegion: TestKey
}

/** A condition on a call of the user `tester`: with the right value the call is allowed, with the wrong one denied. */
export interface ConditionCase {
  readonly key: string
  readonly operator: string
  /** A value that the request has. */
  readonly right: unknown
  /** A value that the request does not have. */
  readonly wrong: unknown
  readonly operation: string
  /** The key of the call; the default is the symmetric one. */
  readonly on?: keyof KeysOfKinds
  /** The input besides the key's ARN. */
  readonly input?: () => object
  /** Whether the service s3 makes the call on behalf of the tester. */
  readonly viaService?: true
}

export const stringEquals = (key: string, right: unknown, wrong: unknown) => ({
  key,
  operator: 'StringEquals',
  right,
  wrong,
})

export const bool = (key: string, right: boolean) => ({
  key,
  operator: 'Bool',
  right: String(right),
  wrong: String(!right),
})

/** The Null operator: whether a request lacks the key. */
export const isAbsent = (key: string, right: boolean) => ({ ...bool(key, right), operator: 'Null' })

const Plaintext = Buffer.from('x')
export const encrypt = { operation: 'Encrypt', input: () => ({ Plaintext }) } as const
export const encryptWithContext = {
  operation: 'Encrypt',
  input: () => ({ Plaintext, EncryptionContext: { Purpose: 'test', App: 'one' } }),
} as const
export const encryptByAlias = {
  operation: 'Encrypt',
  input: () => ({ Plaintext, KeyId: 'alias/symmetric' }),
} as const
