import { randomUUID } from 'node:crypto'
import type { RefusalText, TestCaller } from '../fixtures/caller.ts'
import { type Input, keyMemberOf, type World } from './world.ts'

/** A call that fails, and the text of its error; undefined if nobody has published AWS's text. */
export interface Attempt {
  readonly input: Input
  readonly text: RefusalText
  /** The caller and its Region; the administrator in the first Region if absent. */
  readonly caller?: TestCaller
}

export interface ErrorCause {
  readonly error: string
  readonly operations: readonly string[]
  readonly make: (world: World, operation: string) => Promise<Attempt>
}

export const names = (text: string) => text.trim().split(/\s+/)

/** The operations that use key material. They need an Enabled key, and take DryRun, grants and grant tokens. */
export const cryptographic = names(`
  Decapsulate Decrypt DeriveSharedSecret Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
  GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac ReEncrypt Sign
  Verify VerifyMac`)

export const unknownId = randomUUID()

/** A good input that names the key of the operation in this way. */
export async function naming(world: World, operation: string, name: string): Promise<Input> {
  // With a grant token the input would name a grant, not a key.
  if (operation === 'RetireGrant') return { KeyId: name, GrantId: 'a'.repeat(64) }
  return await world.inputOf(operation, { [keyMemberOf(operation)]: name })
}

export const withInput =
  (more: Input, text: RefusalText): ErrorCause['make'] =>
  async (world, operation) => ({ input: await world.inputOf(operation, more), text })
