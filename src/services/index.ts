export {
  type CloudTrailTools,
  cloudtrail,
  type HistoryPage,
  type HistoryQuery,
} from './cloudtrail/index.ts'
export { type Ec2Tools, ec2 } from './ec2/index.ts'
export { iam } from './iam/index.ts'
export { type KeywardTools, keyward } from './keyward/index.ts'
export { AwsManagedKeys, kms } from './kms/index.ts'
export { sts } from './sts/index.ts'
export type { ServedKey } from './xks/external-key.ts'
export { loadXksProxy } from './xks/load-xks-proxy.ts'
export type { ProxyRecord } from './xks/proxy-record.ts'
export type { XksProxy, XksProxyOptions } from './xks/xks-proxy.ts'
