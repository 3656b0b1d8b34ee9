export { kms, operationsNotBuilt } from './kms/index.ts'
