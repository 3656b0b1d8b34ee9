// The figures and tables that the parts of the benchmark print.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function printRow(...cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

export function printHead(...names: readonly string[]): void {
  printRow(...names)
  console.log(`|${names.map(() => '---|').join('')}`)
}

/** A value with three digits. A round on a shared machine is not more precise. */
export function short(value: number): string {
  if (Number.isNaN(value)) return ''
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
