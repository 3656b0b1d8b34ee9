/** The parts of a setting `HEAD?NAME=VALUE&NAME=VALUE`. */
interface SettingParts<N extends string> {
  /** The text before the question mark, as it is written. */
  readonly head: string
  /** The options that are there, decoded. */
  readonly options: Readonly<Partial<Record<N, string>>>
}

/**
 * Reads a setting with options. Returns undefined if one has none of the names, is there twice, has no value or is not
 * percent-encoded.
 */
export function readOptions<N extends string>(
  text: string,
  names: readonly N[],
): SettingParts<N> | undefined {
  const cut = text.indexOf('?')
  const options: Partial<Record<N, string>> = {}
  for (const part of cut === -1 ? [] : text.slice(cut + 1).split('&')) {
    const [, option, value = ''] = /^([^=]*)=(.+)$/s.exec(part) ?? []
    const name = names.find(known => known === option)
    const plain = decodeOption(value)
    if (name === undefined || options[name] !== undefined || plain === undefined) return undefined
    options[name] = plain
  }
  return { head: cut === -1 ? text : text.slice(0, cut), options }
}

/** Percent-decodes a value (RFC 3986), so that a path may have an ampersand; undefined if it has a wrong escape, or a NUL. */
export function decodeOption(value: string): string | undefined {
  try {
    const plain = decodeURIComponent(value)
    return plain.includes('\0') ? undefined : plain
  } catch {
    return undefined
  }
}

/** Writes the options that have a value, behind their question mark. */
export function renderOptions(options: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeOption(value)}`],
  )
  return written.length === 0 ? '' : `?${written.join('&')}`
}

/** Escapes what `readOptions` would take for an end. */
export const encodeOption = (value: string): string =>
  value.replace(/[%&?]/g, character => encodeURIComponent(character))
