#include "contract/xml.h"

#include <gtest/gtest.h>

#include <array>

#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

namespace trees = testing::v1;

trees::ReportTreeRequest report() {
  trees::ReportTreeRequest report;
  report.set_description("<树> & \"枝\"");
  return report;
}

TEST(XmlTest, EscapesTextsAndLeavesOutWhatIsAbsent) {
  EXPECT_EQ(write_xml("report", report()),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
            "<report><format></format><description>&lt;树&gt; &amp; \"枝\"</description></report>");
}

TEST(XmlTest, HoldsAnElementForEachMessage) {
  trees::ReportTreeRequest tall = report();
  tall.set_height_m(2.5);
  const std::array<const google::protobuf::Message*, 1> messages{&tall};
  EXPECT_EQ(write_xml("reports", "report", messages),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
            "<reports><report><format></format><description>&lt;树&gt; &amp; \"枝\"</description>"
            "<height_m>2.5</height_m></report></reports>");
}

TEST(XmlTest, IsADocumentAlsoWithoutAnyMessage) {
  EXPECT_EQ(write_xml("reports", "report", {}), "<?xml version=\"1.0\" encoding=\"utf-8\"?><reports/>");
}

TEST(XmlTest, RefusesPersonalDataWhichItCouldNotMask) {
  EXPECT_THROW(write_xml("tree", trees::Tree()), std::invalid_argument);
}

}  // namespace
}  // namespace wenming::contract
