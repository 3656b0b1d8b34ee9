export { copySecret, decodeBase64, decodeBase64Url, encodeBase64, newSecret, ownText } from './bytes.ts'
export {
  AdjustableClock,
  basicDate,
  type Clock,
  isoSecond,
  type Millis,
  monotonicMillis,
  systemClock,
  unixNanosByMoment,
} from './clock.ts'
export { DerProblem, der, derTag, readDer, readDerUnsigned, readOnlyDer, splitDer } from './der.ts'
export {
  equalConstantTime,
  HmacSha256Key,
  hmacSha256,
  md5Hex,
  sha256,
  sha256Hex,
  sha256Stream,
} from './digest.ts'
export {
  isThere,
  readFileIfAny,
  readNamedFile,
  replaceFile,
  statIfAny,
  syncDirectory,
  syncDirectorySync,
  writePrivateFile,
} from './durable-file.ts'
export { FirstTimes } from './first-times.ts'
export { growingTo } from './growing-cache.ts'
export { andThen, type Eventual, eachInOrder, inOrder, rescued } from './in-order.ts'
export { isJsonObject, parseJson } from './json.ts'
export {
  byLabel,
  CacheUse,
  type CollectedMetric,
  Counter,
  type CounterCell,
  cacheMetrics,
  collectMetrics,
  expositionType,
  Histogram,
  type HistogramCell,
  type Labels,
  listSamples,
  type Metric,
  type NamedSample,
  reading,
  renderMetrics,
  type Sample,
  type WriteSample,
} from './metrics/index.ts'
export { AddressRanges } from './net/address-ranges.ts'
export { readDirectly } from './net/direct-reads.ts'
export { exchangeHttp, type HttpAnswer, type HttpRequest } from './net/exchange.ts'
export { fetchText } from './net/fetch-text.ts'
export { isHostPattern, type JudgingLookup, OutboundPolicy } from './net/outbound-policy.ts'
export {
  type DerivedCredentials,
  deriveSigningKey,
  encodeQuery,
  type SigningCredentials,
  signRequest,
} from './net/sign-request.ts'
export { encodeUriPart } from './net/uri-part.ts'
export { isFileTrouble, OperatorError } from './operator-error.ts'
export { randomBytes, randomSecret, uuid } from './random.ts'
export * from './shape/index.ts'
export { shownText } from './shown-text.ts'
export { inSlices } from './slices.ts'
export { threadEnvironment, yieldToRequests } from './threads.ts'
export { otherWork } from './turns.ts'
export { Located } from './yaml/located.ts'
export { explained, needed, readDocument, readTime } from './yaml/reading.ts'
