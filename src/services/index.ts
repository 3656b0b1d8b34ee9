export {
  type CloudTrailTools,
  cloudtrail,
  type HistoryPage,
  type HistoryQuery,
} from './cloudtrail/index.ts'
export { iam } from './iam/index.ts'
export { keyward } from './keyward/index.ts'
export { AwsManagedKeys, kms, operationsNotBuilt } from './kms/index.ts'
export { sts } from './sts/index.ts'
