import { randomBytes } from '../std/index.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Unique ids as IAM makes them (IAM user guide, "IAM identifiers"): a prefix for the kind, then base32 letters. */
const uniqueId = (prefix: string, length: number) =>
  prefix + Array.from(randomBytes(length), byte => alphabet[byte & 31]).join('')

export const generateAccessKeyId = () => uniqueId('AKIA', 16)
export const generateUserId = () => uniqueId('AIDA', 17)
export const generateGroupId = () => uniqueId('AGPA', 17)
export const generateRoleId = () => uniqueId('AROA', 17)
export const generatePolicyId = () => uniqueId('ANPA', 17)
/** 240 random bits in 40 characters, the length of AWS's. */
export const generateSecret = () => randomBytes(30).toString('base64')
