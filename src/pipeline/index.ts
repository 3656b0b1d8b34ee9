export type { PipelineOptions } from './machine.ts'
export { Pipeline } from './pipeline.ts'
export { Throttle } from './throttle.ts'
