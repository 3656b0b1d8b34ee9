/** The fault of the name of a custom key store (API reference, "CreateCustomKeyStore"). */
export function nameFault(text: string): string | undefined {
  if (text === '') return 'Enter a name.'
  return text.length > 256 ? 'A name has at most 256 characters.' : undefined
}
