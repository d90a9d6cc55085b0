#include "core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace wenming::core {
namespace {

using Source = Settings::Source;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A file that lives as long as a test.
class File {
 public:
  explicit File(std::string_view text) {
    std::string name = (std::filesystem::temp_directory_path() / "settings-XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    if (descriptor < 0) throw std::runtime_error("no temporary file");
    close(descriptor);
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::int64_t daily_limit(Settings& settings) {
  return settings.integer("volunteer.daily_limit_minutes", 1440, 1, 1440,
                          "Minutes a day above which an entry is refused.");
}

TEST(SettingsTest, StandAtTheirDefaultsWhereNothingIsGiven) {
  Settings settings;
  EXPECT_EQ(daily_limit(settings), 1440);
  EXPECT_TRUE(settings.flag("hotline.anonymous", true, "Whether cases may be anonymous."));
  EXPECT_EQ(settings.text("http.listen", "127.0.0.1:8080", "Address."), "127.0.0.1:8080");
  EXPECT_THAT(settings.list("http.cors_origins", {"https://a.example"}, "Origins."), ElementsAre("https://a.example"));
  EXPECT_THAT(settings.check(), IsEmpty());
}

TEST(SettingsTest, AreTakenFromFlagThenEnvironmentThenFile) {
  const File file("[volunteer]\ndaily_limit_minutes = 100\n");
  const char* environment[] = {"PATH=/bin", "WENMING_VOLUNTEER_DAILY_LIMIT_MINUTES=200", nullptr};
  Settings settings;
  settings.read_file(file.path());
  {
    Settings from_file = settings;
    EXPECT_EQ(daily_limit(from_file), 100);
  }
  settings.read_environment(environment);
  {
    Settings from_environment = settings;
    EXPECT_EQ(daily_limit(from_environment), 200);
  }
  settings.give(Source::Flag, "volunteer.daily_limit_minutes", "250");
  settings.give(Source::Flag, "volunteer.daily_limit_minutes", "300");
  EXPECT_EQ(daily_limit(settings), 300);
  EXPECT_THAT(settings.check(), IsEmpty());
}

TEST(SettingsTest, AreReadFromTomlOfEveryType) {
  const File file(
      "name = \"大足\"\n"
      "[http]\ncors_origins = [\"https://a.example\", \"b, c\"]\n"
      "[hotline.public]\nlist = false\n"
      "[volunteer]\ndaily_limit_minutes = 1_000\n");
  Settings settings;
  settings.read_file(file.path());
  EXPECT_EQ(settings.text("name", "", "Name."), "大足");
  EXPECT_THAT(settings.list("http.cors_origins", {}, "Origins."), ElementsAre("https://a.example", "b, c"));
  EXPECT_FALSE(settings.flag("hotline.public.list", true, "Public list."));
  EXPECT_EQ(daily_limit(settings), 1000);
  EXPECT_THAT(settings.check(), IsEmpty());
}

TEST(SettingsTest, TakeListsFromTextSeparatedByCommas) {
  Settings settings;
  settings.give(Source::Environment, "http.cors_origins", " https://a.example,https://b.example, ");
  settings.give(Source::Flag, "http.none", "");
  EXPECT_THAT(settings.list("http.cors_origins", {}, "Origins."),
              ElementsAre("https://a.example", "https://b.example"));
  EXPECT_THAT(settings.list("http.none", {"x"}, "None."), IsEmpty());
}

TEST(SettingsTest, NameEveryFaultyValueAndKeepTheDefault) {
  const File file("[a]\nnumber = \"5\"\ntext = 5\nflag = \"true\"\nlist = [1]\ndate = 2026-01-01\nscalar = [\"x\"]\n");
  Settings settings;
  settings.read_file(file.path());
  settings.give(Source::Flag, "volunteer.daily_limit_minutes", "1441");
  settings.give(Source::Flag, "b.number", "12x");
  settings.give(Source::Environment, "b.flag", "yes");
  settings.give(Source::Environment, "log.format", "xml");
  settings.give(Source::Environment, "b.text", "\xff");
  EXPECT_EQ(daily_limit(settings), 1440);
  EXPECT_EQ(settings.integer("a.number", 7, 0, 9, "Number."), 7);
  EXPECT_EQ(settings.text("a.text", "t", "Text."), "t");
  EXPECT_FALSE(settings.flag("a.flag", false, "Flag."));
  EXPECT_THAT(settings.list("a.list", {}, "List."), IsEmpty());
  EXPECT_EQ(settings.text("a.date", "d", "Date."), "d");
  EXPECT_EQ(settings.text("a.scalar", "s", "Scalar."), "s");
  EXPECT_EQ(settings.integer("b.number", 7, 0, 99, "Number."), 7);
  EXPECT_TRUE(settings.flag("b.flag", true, "Flag."));
  EXPECT_EQ(settings.choice("log.format", "text", {"text", "json"}, "Form."), "text");
  EXPECT_EQ(settings.text("b.text", "t", "Text."), "t");
  const std::string name = file.path();
  EXPECT_THAT(
      settings.check(),
      ElementsAre("volunteer.daily_limit_minutes (the command line): `1441` is not a whole number from 1 to 1440",
                  "a.number (" + name + ", line 2): `5` is not a whole number from 0 to 9",
                  "a.text (" + name + ", line 3): `5` is not text in quotes",
                  "a.flag (" + name + ", line 4): `true` is not true or false",
                  "a.list (" + name + ", line 5): the value is not a list of texts",
                  "a.date (" + name + ", line 6): the value is not text in quotes",
                  "a.scalar (" + name + ", line 7): the value is not text in quotes",
                  "b.number (the command line): `12x` is not a whole number from 0 to 99",
                  "b.flag (WENMING_B_FLAG): `yes` is not true or false",
                  "log.format (WENMING_LOG_FORMAT): `xml` is not one of \"text\", \"json\"",
                  "b.text (WENMING_B_TEXT): `\ufffd` is not text in quotes"));
}

TEST(SettingsTest, NameUnknownKeysWithTheNearestKnownOne) {
  const File file("[volunteer]\ndaily_limit_minuets = 600\n[weather]\nsunny = true\n");
  const char* environment[] = {"WENMING_VOLUNTER_DAILY_LIMIT_MINUTES=1",
                               "WENMING_URL=http://x",
                               "WENMING_TOKEN=secret",
                               "WENMING_SAMPLES=/x",
                               "WENMINGS=1",
                               nullptr};
  Settings settings;
  settings.read_file(file.path());
  settings.read_environment(environment);
  settings.give(Source::Flag, "volunteer.daily_limit", "1");
  daily_limit(settings);
  EXPECT_THAT(settings.check(), ElementsAre("volunteer.daily_limit (the command line) is no setting",
                                            "volunteer.daily_limit_minuets (" + file.path() +
                                                ", line 2) is no setting; did you mean volunteer.daily_limit_minutes?",
                                            "weather.sunny (" + file.path() + ", line 4) is no setting",
                                            "WENMING_VOLUNTER_DAILY_LIMIT_MINUTES is no setting; did you mean "
                                            "WENMING_VOLUNTEER_DAILY_LIMIT_MINUTES?"));
}

TEST(SettingsTest, TellFileAndLineOfWhatIsNoToml) {
  const File file("a = 1\nb = \n");
  Settings settings;
  try {
    settings.read_file(file.path());
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(file.path() + ", line 2: "));
  }
  EXPECT_THROW(settings.read_file("/nowhere/wenming.toml"), std::runtime_error);
}

TEST(SettingsTest, PrintTomlThatReadsBackAsTheSame) {
  Settings settings;
  settings.give(Source::Flag, "volunteer.daily_limit_minutes", "600");
  settings.give(Source::Environment, "z", "with \"quotes\", \\ and\na line break 文明");
  const auto declare = [](Settings& s) {
    s.text("z", "", "A text of no table.");
    s.flag("a.b.deep", false, "A flag.");
    s.flag("a.c", true, "A flag.");
    s.list("a.b.c.d", {"x", "y, z", "\""}, "A list.");
    daily_limit(s);
  };
  declare(settings);
  const std::string printed = settings.print();
  EXPECT_THAT(printed, HasSubstr("[volunteer]\n"
                                 "# Minutes a day above which an entry is refused.\n"
                                 "# Takes a whole number from 1 to 1440. Default: 1440. Set by the command line.\n"
                                 "daily_limit_minutes = 600\n"));

  const File file(printed);
  Settings again;
  again.read_file(file.path());
  declare(again);
  EXPECT_THAT(again.check(), IsEmpty());
  EXPECT_EQ(again.text("z", "", "A text of no table."), "with \"quotes\", \\ and\na line break 文明");
  EXPECT_THAT(again.list("a.b.c.d", {"x", "y, z", "\""}, "A list."), ElementsAre("x", "y, z", "\""));
  EXPECT_EQ(daily_limit(again), 600);
}

TEST(SettingsTest, KeepSecrets) {
  Settings settings;
  settings.give(Source::Flag, "hotline.webhook_secret", "open sesame");
  settings.give(Source::Flag, "smtp.password", "open sesame");
  settings.give(Source::Flag, "pin.secret", "open sesame");
  settings.give(Source::Flag, "admin_password_file", "/etc/wenming/admin");
  EXPECT_EQ(settings.text("hotline.webhook_secret", "", "Signs webhooks."), "open sesame");
  EXPECT_EQ(settings.text("smtp.password", "", "Password."), "open sesame");
  EXPECT_EQ(settings.integer("pin.secret", 1, 1, 9, "A number."), 1);
  settings.text("admin_password_file", "", "Where the password of the first administrator lies.");
  const std::string printed = settings.print();
  EXPECT_THAT(printed, testing::Not(HasSubstr("sesame")));
  EXPECT_THAT(printed, HasSubstr("# webhook_secret is secret\n"));
  EXPECT_THAT(printed, HasSubstr("admin_password_file = \"/etc/wenming/admin\"\n"));
  EXPECT_THAT(settings.check(),
              ElementsAre("pin.secret (the command line): the value is not a whole number from 1 to 9"));
}

std::string parse_url(std::string_view text) {
  if (!text.starts_with("redis://")) throw std::invalid_argument("no redis://");
  return std::string(text);
}

std::string read_url(Settings& settings, std::string_view key) {
  return settings.parsed(key, "redis://localhost", "redis://HOST", "A URL.", parse_url,
                         Settings::Holds::PerhapsASecret);
}

TEST(SettingsTest, HideTheSecretsInATextThatHoldsMore) {
  Settings settings;
  settings.give(Source::Flag, "a.url", "redis://user:sesame@host/0");
  settings.give(Source::Flag, "b.url", "redis://host/0");
  settings.give(Source::Flag, "c.url", "redis:/:sesame@host/0");
  EXPECT_EQ(read_url(settings, "a.url"), "redis://user:sesame@host/0");
  EXPECT_EQ(read_url(settings, "b.url"), "redis://host/0");
  EXPECT_EQ(read_url(settings, "c.url"), "redis://localhost");
  const std::string printed = settings.print();
  EXPECT_THAT(printed, testing::Not(HasSubstr("sesame")));
  EXPECT_THAT(printed, HasSubstr("\n# url = \"redis://user:***@host/0\" with what is secret\n"));
  EXPECT_THAT(printed, HasSubstr("\nurl = \"redis://host/0\"\n"));
  EXPECT_THAT(settings.check(), ElementsAre("c.url (the command line): the value is not redis://HOST"));
}

TEST(SecretsTest, AreHiddenAndTheRestIsShown) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"sqlite:data", "sqlite:data"},
      {"postgresql://wenming_{service}@db.example:5432/wenming_{service}?sslmode=verify-full&passfile=/etc/pgpass",
       "postgresql://wenming_{service}@db.example:5432/wenming_{service}?sslmode=verify-full&passfile=/etc/pgpass"},
      {"postgresql://u:sesame@db/x_{service}", "postgresql://u:***@db/x_{service}"},
      {"postgresql://u:ses@a/m?e@db/x", "postgresql://u:***@db/x"},
      {"postgresql://db/x?user=u&password=sesame", "postgresql://db/x?user=u&password=***"},
      {"postgresql://db/x?PassWord=sesame&sslpassword=sesame&user=u",
       "postgresql://db/x?PassWord=***&sslpassword=***&user=u"},
      {"postgresql://db/x?pass%77ord=sesame", "postgresql://db/x?pass%77ord=***"},
      {"redis://:sesame@cache/0", "redis://:***@cache/0"},
      {"redis+unix://:sesame@/run/redis.sock", "redis+unix://:***@/run/redis.sock"},
      {"security.protocol=sasl_ssl;sasl.username=u;sasl.password=ses&a=m?e;ssl.key.password=sesame",
       "security.protocol=sasl_ssl;sasl.username=u;sasl.password=***;ssl.key.password=***"},
      {"sasl.oauthbearer.token.endpoint.url=https://u:sesame@sign-in/x;client.id=a@b",
       "sasl.oauthbearer.token.endpoint.url=https://u:***@sign-in/x;client.id=a@b"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(without_secrets(text), shown);
}

TEST(SettingsTest, MayBeDeclaredAgainOnTheSameTermsOnly) {
  Settings settings;
  settings.give(Source::Flag, "volunteer.daily_limit_minutes", "none");
  daily_limit(settings);
  EXPECT_EQ(daily_limit(settings), 1440);
  EXPECT_EQ(settings.check().size(), 1U) << "a fault is named once";
  EXPECT_THROW(settings.integer("volunteer.daily_limit_minutes", 600, 1, 1440, ""), std::logic_error);
  EXPECT_THROW(settings.integer("volunteer.daily_limit_minutes", 1440, 1, 9999, ""), std::logic_error);
  EXPECT_THROW(settings.text("volunteer.daily_limit_minutes", "", ""), std::logic_error);
}

TEST(SettingsTest, RefuseDeclarationsThatMakeNoSense) {
  Settings settings;
  settings.flag("a.b_c", true, "");
  EXPECT_THROW(settings.flag("a_b.c", true, ""), std::logic_error) << "WENMING_A_B_C would mean both";
  EXPECT_THROW(settings.flag("Upper", true, ""), std::logic_error);
  EXPECT_THROW(settings.integer("n", 0, 1, 2, ""), std::logic_error);
  EXPECT_THROW(settings.choice("c", "x", {"y"}, ""), std::logic_error);
}

}  // namespace
}  // namespace wenming::core
