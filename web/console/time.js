/* Days and clock times as the server writes them: always UTC. */

export const isoDay = (date) => date.toISOString().slice(0, 10);
export const isoTime = (date) => date.toISOString().slice(11, 16);
export const isoMoment = (date) => date.toISOString().slice(0, 19);
export const parse = (text) => new Date(text.length === 10 ? `${text}T00:00:00Z` : `${text.slice(0, 19)}Z`);
export const plusDays = (day, n) => isoDay(new Date(parse(day).getTime() + n * 86400000));
export const plusMinutes = (n) => new Date(Math.ceil((Date.now() + n * 60000) / 60000) * 60000);
/** The Monday of that day's week. */
export const monday = (day) => plusDays(day, -((parse(day).getUTCDay() + 6) % 7));

const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const DAY = format({ weekday: "short", day: "numeric", month: "short" });
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const MOMENT = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

export const dayText = (day) => DAY.format(parse(day));
export const clockText = (moment) => CLOCK.format(parse(moment));
export const momentText = (moment) => (moment ? `${MOMENT.format(parse(moment))} UTC` : "–");
