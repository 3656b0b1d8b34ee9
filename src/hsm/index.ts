export {
  globalDomain,
  type Hsm,
  type KeyBinding,
  type KeyHandle,
  type KeyOwner,
  SealBroken,
  type WrappedDomainKey,
  type WrappedKeyMaterial,
} from './hsm.ts'
export { type RootKeyProvider, rootKeyProvider } from './root-key/root-key.ts'
export { DomainKeys } from './software/domain-keys.ts'
export { SoftwareHsm } from './software/software-hsm.ts'
