export { type CertificatePaths, readCertificateFiles } from './certificate-files.ts'
export { CertificateSource, type CertificateSourceOptions } from './certificate-source.ts'
export type { CertificateLog } from './certificate-supply.ts'
export { findFaultsOfOwnFiles, listOwnKeys } from './check-own-files.ts'
export { addressBytes, canonicalHost, type WantedNames, wantedNames } from './host-names.ts'
export {
  type Chain,
  endsInRoot,
  expiriesOf,
  isValidFor,
  readChain,
  type ServerCertificate,
} from './server-certificate.ts'
