export { copySecret, decodeBase64, decodeBase64Url, isHex } from './bytes.ts'
export { AdjustableClock, type Clock, type Millis, systemClock } from './clock.ts'
export { DerProblem, der, derTag, readDer, readDerUnsigned, readOnlyDer, splitDer } from './der.ts'
export { equalConstantTime, HmacSha256Key, hmacSha256, sha256, sha256Hex } from './digest.ts'
export { replaceFile, writePrivateFile } from './durable-file.ts'
export { FirstTimes } from './first-times.ts'
export { growingTo } from './growing-cache.ts'
export { andThen, type Eventual, eachInOrder, inOrder, rescued } from './in-order.ts'
export { AddressRanges } from './net/address-ranges.ts'
export { type FetchLimits, fetchText } from './net/fetch-text.ts'
export {
  isHostPattern,
  type JudgingLookup,
  OutboundPolicy,
  type OutboundPolicyOptions,
  OutboundRefused,
} from './net/outbound-policy.ts'
export { OperatorError } from './operator-error.ts'
export { randomBytes, randomSecret, uuid } from './random.ts'
export * from './shape/index.ts'
export { inSlices } from './slices.ts'
export { otherWork } from './turns.ts'
export { Located } from './yaml/located.ts'
export { explained, needed, readDocument, readTime } from './yaml/reading.ts'
