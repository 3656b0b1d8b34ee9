export { certificateMetrics, materialMetrics } from './metrics/expiry-metrics.ts'
export { ServerMetrics } from './metrics/server-metrics.ts'
export { type NamedRunner, sinkMetrics } from './metrics/sink-metrics.ts'
export { openTraces } from './traces/open-traces.ts'
