/** The facts that the text of a denial has (IAM user guide, "Access denied error message examples"). */
export interface Denial {
  readonly principal: string
  readonly action: string
  readonly resource: string | undefined
}

/** The facts of a denial that its text has; undefined for other texts. */
export function readDenial(text: string): Denial | undefined {
  const [, principal, action, resource] =
    /^User: (\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?/.exec(text) ?? []
  return principal === undefined || action === undefined ? undefined : { principal, action, resource }
}

/**
 * The query with which the page Why? asks about a denial. Undefined for a denial that the server does not explain: by a different
 * service, of an alias, which has no policy of its own, or of the retirement of a grant, which the grant allows.
 */
export function denialQuery({
  principal,
  action,
  resource = '*',
}: Denial): Readonly<Record<string, string>> | undefined {
  if (!action.startsWith('kms:') || action === 'kms:RetireGrant' || /^arn:.*:alias\//.test(resource))
    return undefined
  return { principal, action, ...(resource !== '*' && { resource }) }
}
