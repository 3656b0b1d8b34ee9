import { basicDate, isoSecond, type Millis } from '../../std/index.ts'

/** The trail whose objects are named. */
export interface NamedTrail {
  readonly accountId: string
  readonly homeRegion: string
  readonly name: string
  readonly s3KeyPrefix: string | undefined
}

const uniqueCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * The key of a log file (CloudTrail user guide, "Finding your CloudTrail log files"). `random` are at least 32 random
 * bytes for the part that makes the name unique.
 */
export function logFileKey(
  trail: NamedTrail,
  region: string,
  deliveredAt: Millis,
  random: Uint8Array,
): string {
  const minute = basicDate(deliveredAt).slice(0, 13)
  const { accountId } = trail
  return `${folderOf(trail, 'CloudTrail', region, deliveredAt)}/${accountId}_CloudTrail_${region}_${minute}Z_${uniqueOf(random)}.json.gz`
}

/** The key of a digest file, by the end of the time that it covers (CloudTrail user guide, "CloudTrail digest file structure"). */
export function digestKey(trail: NamedTrail, region: string, digestEnd: Millis): string {
  const second = basicDate(digestEnd)
  const { accountId, name, homeRegion } = trail
  return `${folderOf(trail, 'CloudTrail-Digest', region, digestEnd)}/${accountId}_CloudTrail-Digest_${region}_${name}_${homeRegion}_${second}.json.gz`
}

/** The part of the keys that all objects of a kind have in common: `[prefix/]AWSLogs/ACCOUNT/CloudTrail`. */
export function rootOf(
  { accountId, s3KeyPrefix }: Pick<NamedTrail, 'accountId' | 's3KeyPrefix'>,
  kind: 'CloudTrail' | 'CloudTrail-Digest',
): string {
  const prefix = s3KeyPrefix === undefined || s3KeyPrefix === '' ? '' : `${s3KeyPrefix}/`
  return `${prefix}AWSLogs/${accountId}/${kind}`
}

function folderOf(
  trail: NamedTrail,
  kind: 'CloudTrail' | 'CloudTrail-Digest',
  region: string,
  time: Millis,
): string {
  return `${rootOf(trail, kind)}/${region}/${isoSecond(time).slice(0, 10).replaceAll('-', '/')}`
}

/** Sixteen letters and digits. Bytes that would make some characters likelier than others are skipped. */
function uniqueOf(random: Uint8Array): string {
  const { length } = uniqueCharacters
  const fair = [...random].filter(byte => byte < 256 - (256 % length))
  return fair
    .slice(0, 16)
    .map(byte => uniqueCharacters[byte % length])
    .join('')
    .padEnd(16, '0')
}
