import type { CallObserver } from '../../pipeline/index.ts'
import { openTraces } from '../../telemetry/index.ts'
import type { Base } from './base.ts'

/** Starts to observe calls. Returns the observer of the metrics and of the traces; undefined if the server has neither. */
export async function openObserver({
  config,
  log,
  metrics,
  cleanup,
}: Base): Promise<CallObserver | undefined> {
  const { tracesUrl, outbound } = config
  if (tracesUrl === undefined) return metrics?.calls
  const traces = await openTraces({
    ...{ url: tracesUrl, outbound, beside: metrics?.calls },
    onChange: problem => {
      if (problem === undefined) log.warn('traces are delivered again')
      else log.warn({ err: problem }, 'traces cannot be delivered; they are tried again')
    },
    onDrop: () =>
      log.warn('spans are dropped because the receiver of traces does not take them; metrics count them'),
  })
  cleanup.add(() => traces.close())
  metrics?.add(() => [traces.spans])
  return traces.calls
}
