export type { AnswerObserver, CallObserver } from './call-observer.ts'
export type { PipelineOptions } from './machine.ts'
export { Pipeline } from './pipeline.ts'
export { Throttle } from './throttle.ts'
