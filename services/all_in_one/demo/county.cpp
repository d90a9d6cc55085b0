#include "all_in_one/demo/county.h"

#include <fmt/format.h>

#include <array>

#include "core/csv.h"

namespace wenming::all_in_one {
namespace {

constexpr std::array kTownshipNames = {"东河街道", "西山街道", "南门街道", "北塔街道", "清溪镇", "石桥镇", "龙泉镇",
                                       "白鹤镇",   "青松镇",   "红岩镇",   "双河镇",   "高坪镇", "太平镇", "永兴镇",
                                       "新店镇",   "古井镇",   "凤山镇",   "长滩镇",   "柳林镇", "梅岭镇", "云峰镇",
                                       "金田镇",   "银杏镇",   "竹溪镇",   "松坡镇",   "莲塘镇", "桂花镇"};

constexpr std::array kUnitNames = {"教育局",       "公安局",         "民政局",     "财政局",       "住房和城乡建设局",
                                   "城市管理局",   "交通运输局",     "生态环境局", "卫生健康局",   "市场监督管理局",
                                   "文化和旅游局", "农业农村局",     "水利局",     "司法局",       "人力资源社会保障局",
                                   "自然资源局",   "商务局",         "审计局",     "应急管理局",   "统计局",
                                   "医疗保障局",   "退役军人事务局", "信访局",     "税务局",       "气象局",
                                   "总工会",       "团县委",         "妇女联合会", "残疾人联合会", "科学技术协会",
                                   "图书馆",       "文化馆",         "第一中学",   "实验小学",     "人民医院",
                                   "中医院",       "公共汽车公司",   "自来水公司", "供电公司",     "园林绿化中心"};

constexpr std::array kCommunityNames = {"第一社区", "第二社区", "第三社区"};

struct CaseText {
  std::string_view subject, detail, reply;
};
constexpr std::array<CaseText, 12> kCases = {{
    {"路灯不亮", "晚上路过时发现多盏路灯不亮，行人和非机动车通行不便，希望尽快修复。",
     "已安排维护人员到场检修，损坏的灯具和线路已更换，现已恢复照明。"},
    {"垃圾清运不及时", "垃圾桶满溢，异味明显，已持续两三天，请增加清运次数。",
     "已督促保洁单位清运，并将该点位由每日一次调整为每日两次清运。"},
    {"占道经营", "早晚时段摊贩占用人行道，行人只能走机动车道，存在安全隐患。",
     "执法人员已现场劝导，引导摊贩到便民市场经营，并安排定时巡查。"},
    {"噪声扰民", "夜间施工持续到很晚，影响周边居民休息。", "已约谈施工单位，要求夜间停止产生噪声的作业，并安排复查。"},
    {"窨井盖破损", "人行道窨井盖破损下沉，老人和孩子经过时很危险。", "已更换井盖并对周边路面做了修补。"},
    {"共享单车乱停放", "公交站旁单车堆放，挤占盲道。", "已通知运营企业清理并划定停放区域。"},
    {"公厕保洁不到位", "公厕地面湿滑、没有洗手液，请加强管理。", "已增加保洁频次并补充物资，纳入每日检查。"},
    {"宣传栏内容陈旧", "小区宣传栏内容褪色，多处脱落，影响观感。", "已更换宣传画面，并安排专人定期查看。"},
    {"绿化带缺株", "道路中间绿化带多处缺株，露出黄土。", "已列入补植计划，本周内完成补栽。"},
    {"小广告清理", "楼道和电线杆上小广告很多，请清理。", "已组织志愿者和保洁人员集中清理，并追查张贴来源。"},
    {"飞线充电", "楼栋内有居民私拉电线给电动车充电，有火灾隐患。", "已上门劝导拆除，并在小区增设充电设施。"},
    {"斑马线不清", "学校门口斑马线磨损严重，过往车辆不减速。", "已重新施划标线并增设提示标牌。"},
}};

const std::vector<DemoFinding> kFindings = {
    {"环境卫生", "地面有散落垃圾", "LOW"},      {"环境卫生", "垃圾桶满溢", "MODERATE"},
    {"公共秩序", "非机动车乱停放", "LOW"},      {"公共秩序", "占道经营", "MODERATE"},
    {"设施维护", "路面破损", "MODERATE"},       {"设施维护", "无障碍设施被占用", "HIGH"},
    {"公益宣传", "公益广告褪色", "LOW"},        {"公益宣传", "公益广告数量不足", "MODERATE"},
    {"窗口服务", "服务台无人值守", "MODERATE"}, {"消防安全", "消防通道堵塞", "HIGH"},
    {"消防安全", "灭火器过期", "HIGH"},         {"禁烟控烟", "禁烟区内有人吸烟", "LOW"}};

const std::vector<std::string_view> kPointTypes = {"主干道", "背街小巷", "社区",     "集贸市场", "广场",     "公园",
                                                   "学校",   "医院",     "窗口单位", "公交站",   "建筑工地", "宾馆"};
const std::vector<std::string_view> kServices = {"社区环境整治", "文明交通劝导", "关爱老人", "义务植树",
                                                 "图书整理",     "河道清理",     "文明宣传", "无偿献血服务",
                                                 "义诊服务",     "控烟劝导"};
const std::vector<std::string_view> kThemes = {"学雷锋志愿服务", "清洁家园", "文明交通", "关爱未成年人", "爱国卫生"};

std::uint64_t mix(std::uint64_t x) {  // SplitMix64's finaliser (Steele, Lea, Flood 2014)
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

}  // namespace

Dice::Dice(std::uint64_t seed, std::string_view kind, std::int64_t a, std::int64_t b) : state_(mix(seed + kGolden)) {
  for (const char c : kind) state_ = mix(state_ ^ static_cast<unsigned char>(c));
  state_ = mix(state_ + kGolden * static_cast<std::uint64_t>(a));
  state_ = mix(state_ + kGolden * static_cast<std::uint64_t>(b));
}

std::uint64_t Dice::next() {
  state_ += kGolden;
  return mix(state_);
}

County::County() {
  const auto place = [](std::size_t index, Node node) {
    Dice dice(0, "place", static_cast<std::int64_t>(index));
    node.longitude = 105.6 + static_cast<double>(dice.roll(4000)) / 10'000;
    node.latitude = 29.5 + static_cast<double>(dice.roll(3000)) / 10'000;
    return node;
  };
  const auto add = [&](std::string code, std::string name, std::string parent, std::string level) {
    nodes.push_back(
        place(nodes.size(), Node{std::move(code), std::move(name), std::move(parent), std::move(level), 0, 0, {}}));
    return nodes.size() - 1;
  };
  add("DEMO", "示范县", "", "district");
  for (std::size_t t = 0; t < kTownshipNames.size(); ++t) {
    const std::string code = fmt::format("DEMO-T{:02}", t + 1);
    units.push_back(add(code, kTownshipNames[t], "DEMO", "township"));
    for (std::size_t c = 0; c < kCommunityNames.size(); ++c)
      communities.push_back(add(fmt::format("{}-{}", code, c + 1),
                                fmt::format("{}{}", kTownshipNames[t], kCommunityNames[c]), code, "community"));
  }
  for (std::size_t u = 0; u < kUnitNames.size(); ++u)
    units.push_back(add(fmt::format("DEMO-U{:02}", u + 1), fmt::format("示范县{}", kUnitNames[u]), "DEMO", "unit"));
}

std::string County::csv() const {
  std::string out;
  core::append_csv_record(out, {"code", "name", "parent_code", "level"});
  for (const Node& node : nodes) core::append_csv_record(out, {node.code, node.name, node.parent_code, node.level});
  return out;
}

DemoCase demo_case(std::uint64_t seed, core::Date day, int number, core::UtcOffset offset) {
  using namespace std::chrono_literals;
  Dice dice(seed, "case", day.days().time_since_epoch().count(), number);
  const CaseText& text = dice.pick(kCases);
  DemoCase made;
  made.message_id = fmt::format("{}-{:02}", core::to_text(day), number);
  made.user_id = fmt::format("U{:05}", dice.roll(100'000));
  made.subject = text.subject;
  made.detail = text.detail;
  made.received_at = offset.start_of(day) + std::chrono::minutes(8 * 60 + dice.roll(12 * 60));
  if (dice.chance(94)) {  // some are never answered
    made.reply = text.reply;
    made.replied_at = made.received_at + std::chrono::minutes(60 + dice.roll(12 * 24 * 60));
  }
  return made;
}

std::string demo_subject(Dice& dice) {
  return std::string(dice.pick(kCases).subject);
}
const std::vector<DemoFinding>& demo_findings() {
  return kFindings;
}
const std::vector<std::string_view>& demo_point_types() {
  return kPointTypes;
}
const std::vector<std::string_view>& demo_services() {
  return kServices;
}
const std::vector<std::string_view>& demo_themes() {
  return kThemes;
}

}  // namespace wenming::all_in_one
