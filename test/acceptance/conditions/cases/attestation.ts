import { makeTestEnclave } from '../../../fixtures/nitro-enclave.ts'
import { type ConditionCase, isAbsent, stringEquals } from './condition-case.ts'

/** The Nitro enclave whose documents the requests have. */
export const enclave = makeTestEnclave({ now: Date.now() })

/** A recipient with a new attestation document. */
export const newRecipient = () => ({
  KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  AttestationDocument: enclave.attest({
    pcrs: { 0: '0'.repeat(96), 1: '1'.repeat(96) },
    nitroTpmPcrs: { 7: '7'.repeat(96) },
  }),
})

const attested = {
  operation: 'GenerateDataKey',
  input: () => ({ KeySpec: 'AES_256', Recipient: newRecipient() }),
} as const

/** Conditions on the attestation document of a request. */
export const attestationCases: readonly ConditionCase[] = [
  { ...stringEquals('kms:RecipientAttestation:ImageSha384', '0'.repeat(96), 'f'.repeat(96)), ...attested },
  {
    ...stringEquals('kms:RecipientAttestation:PCR1', '1'.repeat(96), 'f'.repeat(96)),
    operator: 'StringEqualsIgnoreCase',
    ...attested,
  },
  { ...stringEquals('kms:RecipientAttestation:NitroTPMPCR7', '7'.repeat(96), 'f'.repeat(96)), ...attested },
  {
    ...isAbsent('kms:RecipientAttestation:PCR1', true),
    operation: 'GenerateDataKey',
    input: () => ({ KeySpec: 'AES_256' }),
  },
]
