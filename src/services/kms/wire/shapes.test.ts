import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factsOf, type KeySpec, type KeyUsage, keySpecs } from '../../../domain/index.ts'
import { type AnyShape, ConstraintProblem, decode, structure } from '../../../std/index.ts'
import {
  dataKeyPairSpecType,
  encapsulationAlgorithmType,
  encryptionAlgorithmType,
  keyAgreementAlgorithmType,
  keySpecType,
  keyUsageType,
  macAlgorithmType,
  signingAlgorithmType,
} from './shapes.ts'

// The enumerations of key specs and algorithms have AWS's order, which differs from that of domain/kms/key-spec.ts, so they are
// lists of their own. These tests compare them with the key specs.

/** The values of an enumeration, as its violation lists them. */
function valuesOf(shape: AnyShape): string[] {
  try {
    decode(structure({ Member: shape }), { Member: 'no such value' })
  } catch (error) {
    assert.ok(error instanceof ConstraintProblem)
    return /enum value set: \[(.*)\]$/.exec(error.message)?.[1]?.split(', ') ?? []
  }
  return assert.fail('the shape takes every value')
}

const specs = Object.keys(keySpecs) as KeySpec[]
const algorithmsFor = (usage: KeyUsage) => specs.flatMap(keySpec => factsOf(keySpec).algorithms[usage] ?? [])
const usages = specs.flatMap(keySpec => Object.keys(factsOf(keySpec).algorithms))

for (const [name, shape, known] of [
  ['keySpecType', keySpecType, specs],
  ['dataKeyPairSpecType', dataKeyPairSpecType, specs.filter(keySpec => factsOf(keySpec).isDataKeyPairSpec)],
  ['keyUsageType', keyUsageType, usages],
  ['encryptionAlgorithmType', encryptionAlgorithmType, algorithmsFor('ENCRYPT_DECRYPT')],
  ['signingAlgorithmType', signingAlgorithmType, algorithmsFor('SIGN_VERIFY')],
  ['macAlgorithmType', macAlgorithmType, algorithmsFor('GENERATE_VERIFY_MAC')],
  ['keyAgreementAlgorithmType', keyAgreementAlgorithmType, algorithmsFor('KEY_AGREEMENT')],
  ['encapsulationAlgorithmType', encapsulationAlgorithmType, algorithmsFor('ENCAPSULATE_DECAPSULATE')],
] as const) {
  test(`${name} has the values of domain/kms/key-spec.ts and no others`, () => {
    assert.deepEqual(valuesOf(shape).sort(), [...new Set<string>(known)].sort())
  })
}
