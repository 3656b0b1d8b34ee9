export { type Attestation, AttestationVerifier } from './attestation.ts'
export { AttestationProblem } from './attestation-problem.ts'
export { sealForRecipient } from './enveloped-data.ts'
export { nitroRootCertificatePem } from './nitro-root.ts'
