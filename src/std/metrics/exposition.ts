import type { Metric } from './metric.ts'

/** The media type of the text exposition. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Renders metrics as text (Prometheus, "Exposition formats", text-based format 0.0.4). A metric that cannot be read is left
 * out, so that it does not hide the others; `onFailure` receives its name.
 */
export async function renderMetrics(
  metrics: Iterable<Metric>,
  onFailure: (error: unknown, name: string) => void,
): Promise<string> {
  let text = ''
  for (const metric of metrics) {
    const { name, type, help } = metric
    const lines: string[] = []
    try {
      await metric.collect((suffix, labels, value) =>
        lines.push(`${name}${suffix}${labels} ${numberText(value)}\n`),
      )
      text += `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`
    } catch (error) {
      onFailure(error, name)
    }
  }
  return text
}

const escapedHelp = (help: string) => help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
