// Every text of the page, in both languages, and how numbers and days are written in them.

const texts = {
  zh: {
    brand: "文明 · 创建数据大屏", sign_in: "登录", sign_in_title: "登录", sign_in_intro: "查看辖区内各项创建工作的实时数据。",
    account: "账号", password: "密码", sign_out: "退出", other_language: "English",
    path: "所在位置", period: "时间段", period_backwards: "结束日期早于开始日期", from: "开始日期", to: "结束日期", everything: "全部组织", home: "返回首页",
    today: "今日", month: "本月", last_month: "上月", quarter: "本季", year: "今年", all: "全部",
    live: "实时", connecting: "连接中", offline: "已断开，正在重连", retry: "重试",
    units: "下级组织", no_units: "没有下级组织。", more: "显示更多", unit: "组织", count: "共 {n} 个",
    no_data: "该时段暂无数据。", nothing_yet: "这里还没有任何数据，登记志愿服务、督查或工单后会自动出现。",
    previous: "与 {from} 至 {to} 相比", same: "持平", total: "合计 {n}", loading: "加载中",
    unreachable: "无法连接服务器，请检查网络。", no_access: "您的账号没有可查看的组织，请联系管理员授权。",
    session_over: "登录已失效，请重新登录。",
    group_volunteer: "志愿服务", group_inspection: "督查整改", group_hotline: "群众诉求", group_publicity: "宣传阵地",
    volunteers: "志愿者", activities: "活动", service_minutes: "服务时长", hour_entries_pending: "待审核",
    hour_entries_approved: "已通过", hour_entries_flagged: "存疑", points: "点位", inspections: "督查",
    findings: "发现问题", findings_low: "轻微", findings_moderate: "一般", findings_high: "严重",
    orders: "整改通知单", orders_issued: "已下达", orders_signed: "已签收", orders_rectifying: "整改中", orders_submitted: "待核验",
    orders_verified: "已销号", orders_overdue: "逾期", cases_received: "受理", cases_open: "在办", cases_declined: "不予受理",
    cases_replied: "已答复", cases_closed: "已办结", cases_overdue: "逾期", cases_due: "应按时", cases_on_time: "按时答复",
    cases_called_back: "已回访", cases_satisfied: "满意", rate_on_time: "按时率", rate_satisfied: "满意率",
    placements: "公益广告", placements_good: "完好", placements_faded: "褪色", placements_damaged: "破损", placements_misprint: "错印",
    placements_off: "熄灭", placements_outdated: "陈旧", placements_expired: "到期", briefs_submitted: "报送信息", briefs_adopted: "采用",
    brief_points: "积分", hour_entries: "时长记录", cases: "诉求工单", hours_unit: "小时",
    column_orders_overdue: "整改逾期", column_cases_received: "诉求受理", column_cases_open: "诉求在办",
  },
  en: {
    brand: "Wenming · campaign figures", sign_in: "Sign in", sign_in_title: "Sign in",
    sign_in_intro: "See how the campaign stands in your area, as it happens.",
    account: "Account", password: "Password", sign_out: "Sign out", other_language: "中文",
    path: "Where you are", period: "Period", period_backwards: "The period ends before it begins", from: "From", to: "To", everything: "All organisations", home: "Back to the start",
    today: "Today", month: "This month", last_month: "Last month", quarter: "This quarter", year: "This year", all: "All time",
    live: "Live", connecting: "Connecting", offline: "Reconnecting", retry: "Try again",
    units: "Organisations below", no_units: "Nothing stands below this organisation.", more: "Show more", unit: "Organisation", count: "{n} in all",
    no_data: "Nothing in this period.", nothing_yet: "Nothing here yet. Figures appear as soon as hours, inspections or cases are recorded.",
    previous: "Compared with {from} to {to}", same: "unchanged", total: "{n} in all", loading: "Loading",
    unreachable: "The server cannot be reached. Check the connection.", no_access: "Your account may not see any organisation. Ask an administrator for a role.",
    session_over: "Your session has ended. Sign in again.",
    group_volunteer: "Voluntary service", group_inspection: "Inspections and rectification", group_hotline: "Citizens' cases", group_publicity: "Publicity",
    volunteers: "Volunteers", activities: "Activities", service_minutes: "Hours served", hour_entries_pending: "Entries pending",
    hour_entries_approved: "Entries approved", hour_entries_flagged: "Entries flagged", points: "Points", inspections: "Inspections",
    findings: "Findings", findings_low: "Slight", findings_moderate: "In between", findings_high: "Grave",
    orders: "Rectification orders", orders_issued: "Issued", orders_signed: "Signed", orders_rectifying: "Sent back", orders_submitted: "To be verified",
    orders_verified: "Put right", orders_overdue: "Overdue", cases_received: "Received", cases_open: "Open", cases_declined: "Declined",
    cases_replied: "Replied", cases_closed: "Closed", cases_overdue: "Overdue", cases_due: "Due", cases_on_time: "On time",
    cases_called_back: "Called back", cases_satisfied: "Satisfied", rate_on_time: "On time", rate_satisfied: "Satisfied",
    placements: "Placements", placements_good: "Good", placements_faded: "Faded", placements_damaged: "Damaged", placements_misprint: "Misprint",
    placements_off: "Switched off", placements_outdated: "Outdated", placements_expired: "Expired", briefs_submitted: "Briefs sent", briefs_adopted: "Adopted",
    brief_points: "Points earned", hour_entries: "Hour entries", cases: "Cases", hours_unit: "h",
    column_orders_overdue: "Orders overdue", column_cases_received: "Cases received", column_cases_open: "Cases open",
  },
};

const remembered = localStorage.getItem("language");
let language = remembered || (navigator.language.startsWith("zh") ? "zh" : "en");

export const currentLanguage = () => language;

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
}

/** The text of this name, with `{places}` filled in. */
export function text(name, places = {}) {
  return Object.entries(places).reduce((filled, [place, value]) => filled.replace(`{${place}}`, value), texts[language][name] ?? name);
}

/** Fills everything in the page that only depends on the language. */
export function fillTexts() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
}

function grouped(value, digits) {
  return value.toLocaleString(language === "zh" ? "zh-CN" : "en-GB", {maximumFractionDigits: digits});
}

/** `12.3万`, `1.05亿`; in English all digits in groups. */
export function number(value, digits = 0) {
  const size = Math.abs(value);
  if (language === "zh" && size >= 1e8) return grouped(value / 1e8, 2) + "亿";
  if (language === "zh" && size >= 1e4) return grouped(value / 1e4, size >= 1e6 ? 1 : 2) + "万";
  return grouped(value, digits);
}

/** What a column of the list is called: there the card around it does not say what is counted. */
export const columnName = (metric) => texts[language][`column_${metric}`] ?? text(metric);

/** A figure in the unit that people read it in: service is counted in minutes and read in hours. */
export function amount(metric, value) {
  if (metric !== "service_minutes") return number(value);
  return `${number(value / 60, 1)}\u00a0${text("hours_unit")}`;
}

export function share(part, whole) {
  return whole > 0 ? `${grouped((100 * part) / whole, 1)}%` : "–";
}
