/** Whether a text is the ARN of a role (IAM user guide, "IAM identifiers"). */
export const isRoleArn = (text: string): boolean =>
  /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(text)

/** The ARN of a role that somebody names by its ARN, or by its account and its name with or without a path. Undefined for neither. */
export function roleArnOf(account: string, role: string, partition: string): string | undefined {
  const name = role.trim()
  const arn = name.startsWith('arn:')
    ? name
    : `arn:${partition}:iam::${account.replaceAll(/[\s-]/g, '')}:role/${name.replace(/^\//, '')}`
  return isRoleArn(arn) ? arn : undefined
}

/** A role by its account and name, as menus show it. */
export function roleLabel(arn: string): string {
  const [, account, name] = /^arn:[\w-]+:iam::(\d{12}):role\/(.*)$/.exec(arn) ?? []
  return account === undefined ? arn : `${name} @ ${account}`
}
