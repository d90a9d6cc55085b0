// Periods: what the choices mean today, in the visitor's calendar.

const day = (date) => [date.getFullYear(), `${date.getMonth() + 1}`.padStart(2, "0"), `${date.getDate()}`.padStart(2, "0")].join("-");

/** The first and last day of a choice; empty texts for an open end. */
export function daysOf(choice, now = new Date()) {
  const year = now.getFullYear(), month = now.getMonth(), quarter = month - (month % 3);
  switch (choice) {
    case "today": return {from: day(now), to: day(now)};
    case "month": return {from: day(new Date(year, month, 1)), to: day(new Date(year, month + 1, 0))};
    case "last_month": return {from: day(new Date(year, month - 1, 1)), to: day(new Date(year, month, 0))};
    case "quarter": return {from: day(new Date(year, quarter, 1)), to: day(new Date(year, quarter + 3, 0))};
    case "year": return {from: `${year}-01-01`, to: `${year}-12-31`};
    default: return {from: "", to: ""};
  }
}

export const kChoices = ["today", "month", "last_month", "quarter", "year", "all"];

/** What a chart of the period shows: itself, a month around a single day, or the last two years of an open period. */
export function daysOfTrend({from, to}, now = new Date()) {
  if (from && to && from !== to) return {from, to};
  if (from && from === to) {
    const last = new Date(`${from}T00:00:00`);
    return {from: day(new Date(last.getFullYear(), last.getMonth(), last.getDate() - 29)), to};
  }
  const last = to || day(now);
  const years = Number(last.slice(0, 4)) - 2;
  return {from: from || `${years}${last.slice(4, 7)}-01`, to: last < from ? from : last};
}
