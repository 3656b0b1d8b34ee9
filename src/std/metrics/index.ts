export { CacheUse, cacheMetrics } from './cache-use.ts'
export { Counter, type CounterCell } from './counter.ts'
export {
  type CollectedMetric,
  collectMetrics,
  expositionType,
  listSamples,
  type NamedSample,
  renderMetrics,
} from './exposition.ts'
export { Histogram, type HistogramCell } from './histogram.ts'
export type { Labels, Metric, WriteSample } from './metric.ts'
export { byLabel, reading, type Sample } from './reading.ts'
