/** A time: local with its offset, and UTC when the pointer rests on it. */
export function Time({ at }: { readonly at: Date | undefined }) {
  if (at === undefined) return <>-</>
  return (
    <time dateTime={at.toISOString()} title={at.toISOString()}>
      {format.format(at)}
    </time>
  )
}

const format = new Intl.DateTimeFormat('en-GB', {
  ...{ year: 'numeric', month: 'short', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'shortOffset' },
})
