import { randomUUID } from 'node:crypto'
import type { RefusalText, TestCaller } from '../fixtures/caller.ts'
import { type Input, keyMemberOf, type World } from './world.ts'

/** A call that fails, and the text it fails with; undefined where nobody has published AWS's. */
export interface Attempt {
  readonly input: Input
  readonly text: RefusalText
  /** Whom to call as, or where; the administrator in the first region when absent. */
  readonly caller?: TestCaller
}

export interface ErrorCause {
  readonly error: string
  readonly operations: readonly string[]
  readonly make: (world: World, operation: string) => Promise<Attempt>
}

export const names = (text: string) => text.trim().split(/\s+/)

/**
 * The operations on key material whose state must be Enabled, and that dry runs, grants and tokens are for.
 */
export const cryptographic = names(`
  Decapsulate Decrypt DeriveSharedSecret Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
  GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac ReEncrypt Sign
  Verify VerifyMac`)

export const unknownId = randomUUID()

/** A good input, but the operation's key named in another way. */
export async function naming(world: World, operation: string, name: string): Promise<Input> {
  // By a token it would name a grant, not a key.
  if (operation === 'RetireGrant') return { KeyId: name, GrantId: 'a'.repeat(64) }
  return await world.inputOf(operation, { [keyMemberOf(operation)]: name })
}

export const withInput =
  (more: Input, text: RefusalText): ErrorCause['make'] =>
  async (world, operation) => ({ input: await world.inputOf(operation, more), text })
